using System.Text;
using System.Text.Json.Nodes;
using Miyabi.Core.Ledger;
using Miyabi.Core.Verification;
using Miyabi.Testing;
using Miyabi.Testing.Runs;

namespace Miyabi.Core.Tests.Verification;

/// <summary>A finished run to tamper with, another in the same store, and one of the same id from another store; made once.</summary>
public class Scene : IDisposable
{
    internal const string Run = "run-1";
    internal const string Folder = "runs/run-1/";

    public Scene()
        : this([], _ => true)
    {
    }

    /// <param name="retries">How the run is taken up again after its ends: whole (null), or with one task.</param>
    /// <param name="isSuspect">Which of the run's files are to be tampered with, by path.</param>
    protected Scene(string?[] retries, Func<string, bool> isSuspect)
    {
        Trust = new TrustList([Signer.Trusted(), ControlSigner.Trusted(KeyRole.Control)]);
        var store = new InMemoryBlobStore();
        var runs = new FinishedRuns(store, Signer, TimeProvider.System);
        Make(runs, Run, retries);
        Make(runs, "run-2", retries);
        Files = store.Blobs.ToDictionary(StringComparer.Ordinal);
        var elsewhere = new InMemoryBlobStore();
        Make(new FinishedRuns(elsewhere, Signer, TimeProvider.System) { Word = "other" }, Run, retries);
        Elsewhere = elsewhere.Blobs.ToDictionary(StringComparer.Ordinal);
        All = [.. Files.Keys.Where(name => name.StartsWith(Folder, StringComparison.Ordinal) && !name.Contains("/leases/") && !name.Contains("/events/"))
            .Order(StringComparer.Ordinal)];
        Evidence = All.FindAll(name => isSuspect(name[Folder.Length..]));
    }

    internal TestSigner Signer { get; } = new();

    /// <summary>A key that is trusted for controls only.</summary>
    internal TestSigner ControlSigner { get; } = new();

    internal Dictionary<string, byte[]> Files { get; }

    internal Dictionary<string, byte[]> Elsewhere { get; }

    /// <summary>Every file of the run that proves something.</summary>
    internal List<string> All { get; }

    /// <summary>Those that are tampered with.</summary>
    internal List<string> Evidence { get; }

    internal IEnumerable<string> Documents => Evidence.Where(name => !name.Contains("/artifacts/"));

    internal TrustList Trust { get; }

    internal static async Task<byte[]> SealAsync(ISigner signer, string type, byte[] document)
    {
        var signature = await signer.SignAsync(SealFormat.PreAuthenticationEncoding(type, document), default);
        var digest = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(document));
        return SealFormat.Compose(type, signer.KeyId, digest, document, signature);
    }

    /// <summary>Another document in a file's place, with a good seal.</summary>
    internal async Task<byte[]> ResealAsync(byte[] file, Action<JsonNode> change, ISigner? signer = null)
    {
        var parsed = SealFormat.Parse(file);
        var node = JsonNode.Parse(parsed.Document.Span)!;
        change(node);
        return await SealAsync(signer ?? Signer, parsed.Type, Encoding.UTF8.GetBytes(node.ToJsonString()));
    }

    internal async Task<VerificationReport> VerifyAsync(Action<Dictionary<string, byte[]>> tamper, string? expectedRoot = null)
    {
        var files = new Dictionary<string, byte[]>(Files, StringComparer.Ordinal);
        tamper(files);
        var store = new InMemoryBlobStore();
        foreach (var (name, content) in files)
            await store.CreateAsync(name, content, default);
        return await new RunVerifier(store, Trust).VerifyAsync(Run, expectedRoot, default);
    }

    public void Dispose()
    {
        Signer.Dispose();
        ControlSigner.Dispose();
        GC.SuppressFinalize(this);
    }

    private static void Make(FinishedRuns runs, string run, string?[] retries)
    {
        runs.MakeAsync(run).GetAwaiter().GetResult();
        foreach (var task in retries)
            runs.RetryAsync(run, task).GetAwaiter().GetResult();
    }
}
