using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Miyabi.Agents;
using Miyabi.Core.Activities;
using Miyabi.Core.FrontDoor;
using Miyabi.Core.Ledger;
using Miyabi.Core.Plans;
using Miyabi.Core.Runs;
using Miyabi.Storage.Keys;

namespace Miyabi.Cli.Embedded;

/// <summary>Carries a small run out in memory while the first real agent works.</summary>
/// <remarks>
/// The runtime compiles what it meets for the first time, some thousand methods on the way of a run: about 50 ms, which would lie between
/// the first waves of a real run. After the rehearsal they are compiled. It writes nothing, and nothing depends on it (docs/performance.md).
/// </remarks>
internal static class Rehearsal
{
    private const string Run = "rehearsal";

    private static ReadOnlySpan<byte> Plan =>
        """
        { "name": "rehearsal", "version": 1,
          "agents": [ { "id": "a", "kind": "claude", "provider": "simulated" }, { "id": "b", "kind": "codex", "provider": "simulated" } ],
          "tasks": [
            { "id": "one", "agent": "a", "writes": [ "one/*" ], "simulated": { "work": "PT0.001S", "files": [ "one/1", "one/2" ] } },
            { "id": "two", "agent": "b", "dependsOn": [ "one" ], "simulated": { "work": "PT0.001S" } },
            { "id": "three", "agent": "b", "dependsOn": [ "one" ], "simulated": { "work": "PT0.001S" } } ] }
        """u8;

    /// <summary>Carries it out; whatever comes of it.</summary>
    internal static async Task CarryOutAsync()
    {
        try
        {
            using var signer = new FileSigner(ECDsa.Create(ECCurve.NamedCurves.nistP256));
            var key = new TrustedKey(signer.KeyId, signer.SubjectPublicKeyInfo, [KeyRole.Run, KeyRole.Agent, KeyRole.Control], null, null, Run);
            var runs = new OpenRuns(new MemoryStore(), new Sealer(signer), new TrustList([key]), TimeProvider.System);
            var providers = AgentProviders.Standard(TimeProvider.System);
            var reading = PlanReader.Read(Plan.ToArray());
            await RunAcceptance.AcceptAsync(runs.LedgerOf(Run), reading, new RunOptions(), TimeProvider.System.GetUtcNow(), CancellationToken.None);
            var runner = new EmbeddedRunner(
                runs,
                name => providers.TryFind(name, out var provider, out var problem) ? provider : throw new InvalidOperationException(problem),
                TimeProvider.System,
                new Nobody(),
                ProcessIdentity.Current());
            await runner.RunAsync(Run, _ => { }, CancellationToken.None);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // What is wrong will show in the real run, where somebody is told.
        }
    }

    private sealed class Nobody : IRunObserver
    {
        public void Stepped(StepDocument step)
        {
        }

        public void Happened(string run, RunEvent happening)
        {
        }
    }

    private sealed class MemoryStore : IBlobStore
    {
        private readonly ConcurrentDictionary<string, byte[]> blobs = new(StringComparer.Ordinal);

        public Task<bool> CreateAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
            Task.FromResult(blobs.TryAdd(name, content.ToArray()));

        public Task ReplaceAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
        {
            blobs[name] = content.ToArray();
            return Task.CompletedTask;
        }

        public Task<byte[]?> ReadAsync(string name, long maxBytes, CancellationToken cancellationToken) => Task.FromResult(blobs.GetValueOrDefault(name));

        public async IAsyncEnumerable<BlobItem> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await Task.CompletedTask;
            foreach (var (name, content) in blobs.Where(blob => blob.Key.StartsWith(prefix, StringComparison.Ordinal)).OrderBy(blob => blob.Key, StringComparer.Ordinal))
                yield return new BlobItem(name, content.Length);
        }

        public async IAsyncEnumerable<string> ListFoldersAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await Task.CompletedTask;
            yield return Run;
        }

        public Task DeleteAsync(string name, CancellationToken cancellationToken)
        {
            blobs.TryRemove(name, out _);
            return Task.CompletedTask;
        }
    }
}
