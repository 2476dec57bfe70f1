using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.RegularExpressions;
using Miyabi.Testing.Agents;

namespace Miyabi.Testing.Azurite;

/// <summary>A real Azurite at a free port of the loopback interface, with a folder of its own, that can be killed and started again.</summary>
/// <remarks>It ends with the process that started it, however that ends. Confirmed writes outlast a SIGKILL if it is durable; else those of the last 5 s do not.</remarks>
public sealed partial class AzuriteProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    private readonly string folder = Directory.CreateTempSubdirectory("miyabi-azurite-").FullName;
    private readonly bool durable;
    private readonly bool tokens;
    private readonly List<string> log = [];
    private readonly ConcurrentBag<string> marks = [];
    private Process? process;
    private Task reading = Task.CompletedTask;

    private AzuriteProcess(bool durable, bool tokens) => (this.durable, this.tokens) = (durable, tokens);

    /// <summary>The port of the blob service; the same after a restart.</summary>
    public int Port { get; private set; }

    /// <summary>The SHA-256 of its certificate, if it takes tokens.</summary>
    public string Certificate { get; private set; } = "";

    /// <summary>What <c>--store</c> takes for a container in it.</summary>
    public string Address(string container) => string.Create(CultureInfo.InvariantCulture, $"azurite:{Port}/{container}");

    /// <summary>A container's name that no other test has.</summary>
    public static string NewContainer() => $"t-{Guid.NewGuid():N}";

    /// <summary>The requests whose answers have arrived, in the order of their ends.</summary>
    public async Task<IReadOnlyList<AzuriteRequest>> RequestsAsync()
    {
        // The log follows the answers: a request of our own shows when it has come so far.
        var mark = NewContainer();
        marks.Add(mark);
        using var client = new HttpClient();
        using var answer = await client.GetAsync(new Uri($"http://127.0.0.1:{Port}/devstoreaccount1/{mark}"));
        List<AzuriteRequest> requests = [];
        await Until.TrueAsync(() => (requests = Logged()).Exists(request => request.Container == mark), "the request is in Azurite's log");
        return [.. requests.TakeWhile(request => request.Container != mark).Where(request => !marks.Contains(request.Container))];
    }

    /// <summary>Starts one, and waits until it answers.</summary>
    /// <param name="durable">Whether what it has confirmed outlasts <see cref="KillAsync"/>.</param>
    /// <param name="tokens">Whether it speaks HTTPS, with a certificate of its own, and takes tokens of Microsoft Entra ID, whose signature it does not check.</param>
    public static async Task<AzuriteProcess> StartAsync(bool durable = false, bool tokens = false)
    {
        var azurite = new AzuriteProcess(durable, tokens);
        try
        {
            await azurite.StartAgainAsync();
            return azurite;
        }
        catch
        {
            await azurite.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts it again after <see cref="KillAsync"/>: same port, same folder.</summary>
    public async Task StartAgainAsync()
    {
        var listens = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        process = Launch();
        reading = Task.WhenAll(ReadAsync(process.StandardOutput, listens), ReadAsync(process.StandardError, null));
        _ = reading.ContinueWith(_ => listens.TrySetException(new InvalidOperationException($"Azurite has ended: {Tail()}")), TaskScheduler.Default);
        try
        {
            Port = await listens.Task.WaitAsync(Patience);
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException($"Azurite does not answer: {Tail()}", e);
        }
    }

    /// <summary>Sends SIGKILL, and waits until it has ended.</summary>
    public async Task KillAsync()
    {
        if (process is null)
            return;
        process.Kill(entireProcessTree: true);
        await process.WaitForExitAsync();
        await reading;
        process.Dispose();
        process = null;
    }

    /// <summary>Sends SIGSTOP: it keeps its connections, and answers nobody.</summary>
    public void Pause() => Signal("STOP");

    /// <summary>Lets it go on after <see cref="Pause"/>.</summary>
    public void Continue() => Signal("CONT");

    /// <summary>Lets go of it, as the death of this process would; returns when it has ended.</summary>
    public async Task AbandonAsync()
    {
        process!.StandardInput.Close();
        await process.WaitForExitAsync().WaitAsync(Patience);
        await KillAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        Directory.Delete(folder, recursive: true);
    }

    private void Signal(string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", $"{process!.Id}"]);
        kill.WaitForExit();
    }

    private Process Launch()
    {
        var start = new ProcessStartInfo("node")
        {
            UseShellExecute = false,
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        List<string> arguments =
        [
            "--require", Path.Combine(AppContext.BaseDirectory, "azurite-host.cjs"), AzuriteInstallation.Program(),
            "--location", folder, "--blobHost", "127.0.0.1", "--blobPort", $"{Port}", "--disableTelemetry",
        ];
        if (tokens)
            arguments.AddRange(["--oauth", "basic", "--cert", WriteCertificate(), "--key", Path.Combine(folder, "key.pem")]);
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        start.Environment.Remove("NODE_OPTIONS");
        start.Environment.Remove("AZURITE_DB");
        start.Environment["MIYABI_AZURITE_DURABLE"] = durable ? "1" : "0";
        return Process.Start(start) ?? throw new InvalidOperationException("node did not start.");
    }

    private string WriteCertificate()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddHours(1));
        Certificate = certificate.GetCertHashString(HashAlgorithmName.SHA256);
        File.WriteAllText(Path.Combine(folder, "key.pem"), key.ExportPkcs8PrivateKeyPem());
        var path = Path.Combine(folder, "cert.pem");
        File.WriteAllText(path, certificate.ExportCertificatePem());
        return path;
    }

    private async Task ReadAsync(StreamReader reader, TaskCompletionSource<int>? listens)
    {
        while (await reader.ReadLineAsync() is { } line)
        {
            lock (log)
                log.Add(line);
            if (listens is not null && Listening().Match(line) is { Success: true } found)
                listens.TrySetResult(int.Parse(found.Groups["port"].Value, CultureInfo.InvariantCulture));
        }
    }

    private List<AzuriteRequest> Logged()
    {
        lock (log)
            return [.. log.Select(AzuriteRequest.TryParse).OfType<AzuriteRequest>()];
    }

    private string Tail()
    {
        lock (log)
            return string.Join('\n', log.TakeLast(10));
    }

    [GeneratedRegex(
        "successfully listens on https?://127.0.0.1:(?<port>[0-9]+)",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000)]
    private static partial Regex Listening();
}
