using System.Security.Cryptography;
using Miyabi.Agents;
using Miyabi.Core.Activities;
using Miyabi.Core.FrontDoor;
using Miyabi.Core.Ledger;
using Miyabi.Core.Plans;
using Miyabi.Core.Runs;
using Miyabi.Storage.Directories;
using Miyabi.Storage.Keys;

namespace Miyabi.Cli.Embedded;

/// <summary>Carries a small run out in a temporary folder while the first real agent works.</summary>
/// <remarks>
/// The runtime compiles what it meets for the first time, some thousand methods on the way of a run: about 50 ms, which would lie between
/// the first waves of a real run. After the rehearsal they are compiled. Nothing is left of it, and nothing depends on it (docs/performance.md).
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
        DirectoryInfo? folder = null;
        try
        {
            folder = Directory.CreateTempSubdirectory("miyabi-rehearsal-");
            var store = new DirectoryBlobStore(folder.FullName);
            using var signer = new FileSigner(ECDsa.Create(ECCurve.NamedCurves.nistP256));
            var key = new TrustedKey(signer.KeyId, signer.SubjectPublicKeyInfo, [KeyRole.Run, KeyRole.Agent, KeyRole.Control], null, null, Run);
            var runs = new OpenRuns(store, new Sealer(signer), new TrustList([key]), TimeProvider.System);
            var providers = AgentProviders.Standard(TimeProvider.System);
            var reading = PlanReader.Read(Plan.ToArray());
            await RunAcceptance.AcceptAsync(runs.LedgerOf(Run), reading, new RunOptions(), TimeProvider.System.GetUtcNow(), CancellationToken.None);
            await using var events = new EventWriter(store, Run, Run, TimeProvider.System);
            var projection = new RunProjection((await runs.GetAsync(Run, CancellationToken.None)).Plan);
            var runner = new EmbeddedRunner(
                runs,
                name => providers.TryFind(name, out var provider, out var problem) ? provider : throw new InvalidOperationException(problem),
                TimeProvider.System,
                new Audience(projection, events),
                ProcessIdentity.Current());
            await runner.RunAsync(Run, _ => { }, CancellationToken.None);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // What is wrong will show in the real run, where somebody is told.
        }
        finally
        {
            Remove(folder);
        }
    }

    private static void Remove(DirectoryInfo? folder)
    {
        try
        {
            folder?.Delete(recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A few kilobytes in a temporary folder.
        }
    }

    private sealed class Audience(RunProjection projection, EventWriter events) : IRunObserver
    {
        public void Stepped(StepDocument step)
        {
            projection.Apply(step);
            projection.View();
        }

        public void Happened(string run, RunEvent happening)
        {
            projection.Apply(happening);
            events.Happened(run, happening);
        }
    }
}
