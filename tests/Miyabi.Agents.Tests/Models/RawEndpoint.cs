using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Miyabi.Agents.Tests.Models;

/// <summary>An endpoint that answers every request with the same bytes, whatever HTTP says of them, and hangs up.</summary>
internal sealed class RawEndpoint : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource stop = new();
    private readonly ConcurrentQueue<string> heads = new();
    private readonly byte[] answer;
    private readonly Task listening;

    public RawEndpoint(byte[] answer)
    {
        this.answer = answer;
        listener.Start();
        listening = ListenAsync();
    }

    public RawEndpoint(string answer)
        : this(Encoding.UTF8.GetBytes(answer))
    {
    }

    public Uri Url => new($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}");

    /// <summary>The heads of the requests that came in.</summary>
    public IReadOnlyCollection<string> Heads => [.. heads];

    /// <summary>A response of a status, with a body and more header lines.</summary>
    public static byte[] Response(string status, byte[] body, params string[] headers) =>
        [.. Encoding.UTF8.GetBytes($"HTTP/1.1 {status}\r\nContent-Length: {body.Length}\r\nConnection: close\r\n{string.Concat(headers.Select(header => $"{header}\r\n"))}\r\n"), .. body];

    /// <summary>The same of a text; as JSON, if no header says else.</summary>
    public static byte[] Response(string status, string body, params string[] headers) =>
        Response(status, Encoding.UTF8.GetBytes(body), headers.Length == 0 ? ["Content-Type: application/json"] : headers);

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        listener.Stop();
        await listening;
        stop.Dispose();
    }

    private async Task ListenAsync()
    {
        List<Task> serving = [];
        try
        {
            while (true)
                serving.Add(ServeAsync(await listener.AcceptTcpClientAsync(stop.Token)));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(serving);
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using var _ = client;
        try
        {
            var stream = client.GetStream();
            var request = new StringBuilder();
            var buffer = new byte[64 * 1024];
            while (!IsWhole(request.ToString()))
            {
                var read = await stream.ReadAsync(buffer, stop.Token);
                if (read == 0)
                    return;
                request.Append(Encoding.Latin1.GetString(buffer, 0, read));
            }

            heads.Enqueue(request.ToString().Split("\r\n\r\n")[0]);
            await stream.WriteAsync(answer, stop.Token);
            client.Client.Shutdown(SocketShutdown.Send);
            // Whoever closes with something unread resets the connection, and the answer may be lost.
            while (await stream.ReadAsync(buffer, stop.Token) > 0)
            {
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or SocketException)
        {
            // The caller hung up.
        }
    }

    private static bool IsWhole(string request)
    {
        var end = request.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        if (end < 0)
            return false;
        var head = request[..end];
        if (head.Contains("Transfer-Encoding: chunked", StringComparison.OrdinalIgnoreCase))
            return request.EndsWith("0\r\n\r\n", StringComparison.Ordinal);
        var length = head.Split("\r\n").FirstOrDefault(line => line.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase));
        return length is null || request.Length - end - 4 >= int.Parse(length.Split(':')[1], System.Globalization.CultureInfo.InvariantCulture);
    }
}
