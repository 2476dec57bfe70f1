using System.Collections.Concurrent;

namespace Miyabi.Agents.Tests.Models;

/// <summary>Knows which HTTP calls a client has open: sent, and their response neither read to its end nor given up.</summary>
internal sealed class OpenCalls
{
    private readonly ConcurrentDictionary<object, string> open = new();

    public IReadOnlyCollection<string> Open => [.. open.Values];

    public HttpMessageHandler NewHandler() => new Handler(this) { InnerHandler = new SocketsHttpHandler { AllowAutoRedirect = false } };

    private sealed class Handler(OpenCalls calls) : DelegatingHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var call = new object();
            calls.open[call] = $"{request.Method} {request.RequestUri}";
            try
            {
                var response = await base.SendAsync(request, cancellationToken);
                response.Content = new StreamContent(new Body(await response.Content.ReadAsStreamAsync(cancellationToken), () => calls.open.TryRemove(call, out _)))
                    .With(response.Content);
                return response;
            }
            catch
            {
                calls.open.TryRemove(call, out _);
                throw;
            }
        }
    }

    private sealed class Body(Stream inner, Action onEnd) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count) => inner.Read(buffer, offset, count);

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => inner.ReadAsync(buffer, cancellationToken);

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            inner.Dispose();
            onEnd();
            base.Dispose(disposing);
        }
    }
}

internal static class ContentHeaders
{
    /// <summary>The content with the headers of another.</summary>
    public static HttpContent With(this HttpContent content, HttpContent other)
    {
        foreach (var (name, values) in other.Headers)
            content.Headers.TryAddWithoutValidation(name, values);
        return content;
    }
}
