using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using Miyabi.Agents;
using Miyabi.Cli.Embedded;
using Miyabi.Cli.Tests.EndToEnd;
using Miyabi.Core.Activities;
using Miyabi.Core.Agents;
using Miyabi.Core.FrontDoor;
using Miyabi.Core.Ledger;
using Miyabi.Core.Plans;
using Miyabi.Core.Scheduling;
using Miyabi.Storage.Directories;
using Miyabi.Storage.Keys;
using Miyabi.Testing.Runs;

namespace Miyabi.Faults.Tests;

/// <summary>Two hundred runs at once in one store: most in this process, some in processes of their own.</summary>
public sealed class ManyRunsTests : IDisposable
{
    private const int InThisProcess = 196;
    private const int Processes = 4;

    private readonly CliSandbox sandbox = new();

    public void Dispose() => sandbox.Dispose();

    [LinuxFact]
    public async Task Run_200AtOnceInOneStore_AllSucceedAreProvenAndListed()
    {
        var plan = await File.ReadAllBytesAsync(Repository.Sample("hello"));
        await sandbox.SucceedAsync("keys", "--json");
        using var keys = await InstallationKeys.OpenOrCreateAsync(sandbox["home"], default);
        var store = new DirectoryBlobStore(sandbox[".miyabi"]);
        var runs = new OpenRuns(store, new Sealer(keys.Signer), new TrustList(keys.Trusted), TimeProvider.System);

        var processes = Enumerable.Range(1, Processes)
            .Select(number => sandbox.RunAsync("run", Repository.Sample("hello"), "--speed", "10", "--run-id", $"process-{number}")).ToList();
        var outcomes = await Task.WhenAll(Enumerable.Range(1, InThisProcess).Select(number => CarryOutAsync(runs, $"run-{number:000}", plan)));

        Assert.All(outcomes, outcome => Assert.Equal(RunOutcome.Succeeded, outcome));
        Assert.All(await Task.WhenAll(processes), result => Assert.True(result.Code == 0, result.ToString()));
        var list = PublishedSchema.Check("list", await sandbox.SucceedAsync("list", "--json")).GetProperty("runs").EnumerateArray().ToList();
        Assert.Equal(InThisProcess + Processes, list.Count);
        Assert.All(list, run => Assert.Equal("succeeded", run.GetProperty("state").GetString()));
        var verifier = new Core.Verification.RunVerifier(store, new TrustList(keys.Trusted));
        foreach (var run in list.Select(run => run.GetProperty("run").GetString()!))
            Assert.True((await verifier.VerifyAsync(run, expectedRoot: null, default)).IsProven, $"{run} is not proven");
        await sandbox.ProvenAsync("process-1");
        await sandbox.ProvenAsync("run-001");
    }

    private static async Task<RunOutcome?> CarryOutAsync(OpenRuns runs, string id, byte[] plan)
    {
        var providers = AgentProviders.Standard(TimeProvider.System);
        var reading = PlanReader.Read(plan);
        var options = RunAcceptance.Check(
            reading.Plan!, new RunWish { Speed = 10 }, name => providers.TryFind(name, out var provider, out _) ? provider : null, [.. providers.Names]);
        await RunAcceptance.AcceptAsync(runs.LedgerOf(id), reading, options, TimeProvider.System.GetUtcNow(), default);
        var runner = new EmbeddedRunner(
            runs, name => providers.TryFind(name, out var provider, out var problem) ? provider : throw new InvalidOperationException(problem),
            TimeProvider.System, new SilentObserver(), ProcessIdentity.Current());
        return (await runner.RunAsync(id, _ => { }, default)).Outcome;
    }
}
