using Miyabi.Cli;
using Miyabi.Cli.Embedded;
using Miyabi.Cli.View;
using Miyabi.Core.Activities;
using Miyabi.Core.FrontDoor;
using Miyabi.Core.Ledger;
using Miyabi.Core.Orchestration;
using Miyabi.Core.Plans;
using Miyabi.Core.Runs;
using Miyabi.Core.Scheduling;
using Miyabi.Storage.Keys;

namespace Miyabi.Bench;

/// <summary>Runs as <c>miyabi run</c> carries them out: real keys, real documents, the real runner. Only the agents are made up.</summary>
internal sealed class BenchRuns : IDisposable
{
    private const int ThreadsAtOnce = 32; // as the CLI has it

    private static readonly BenchProvider Provider = new();

    private readonly InstallationKeys keys;

    private BenchRuns(string home, InstallationKeys keys) => (Home, this.keys) = (home, keys);

    /// <summary>The home folder with its keys.</summary>
    internal string Home { get; }

    /// <summary>Who is trusted.</summary>
    internal TrustList Trust => new(keys.Trusted);

    /// <summary>Makes a key.</summary>
    internal static async Task<BenchRuns> CreateAsync(CancellationToken cancellationToken)
    {
        ThreadPool.SetMinThreads(ThreadsAtOnce, ThreadsAtOnce);
        var home = Directory.CreateTempSubdirectory("miyabi-bench-home-").FullName;
        return new BenchRuns(home, await InstallationKeys.OpenOrCreateAsync(home, cancellationToken));
    }

    /// <summary>The runs of a store.</summary>
    internal OpenRuns Open(IBlobStore store) => new(store, new Sealer(keys.Signer), Trust, TimeProvider.System);

    /// <summary>Accepts a plan and carries it out.</summary>
    /// <param name="runs">The runs of a store.</param>
    /// <param name="store">That store.</param>
    /// <param name="id">The run's id.</param>
    /// <param name="plan">The plan.</param>
    /// <param name="options">Its schedule, and who watches.</param>
    /// <param name="pace">Is told of each step; <see langword="null"/>: nobody is.</param>
    /// <param name="cancellationToken">Ends it.</param>
    internal static async Task CarryOutAsync(
        OpenRuns runs, IBlobStore store, string id, PlanReading plan, BenchOptions options, IRunObserver? pace, CancellationToken cancellationToken)
    {
        var wish = new RunWish { Schedule = options.Schedule };
        var accepted = RunAcceptance.Check(plan.Plan!, wish, _ => Provider, [BenchProvider.ProviderName]);
        await RunAcceptance.AcceptAsync(runs.LedgerOf(id), plan, accepted, TimeProvider.System.GetUtcNow(), cancellationToken);
        var identity = ProcessIdentity.Current();
        await using var events = options.Audience == Audience.None ? null : new EventWriter(store, id, identity.Holder, TimeProvider.System);
        await using var view = options.Audience == Audience.View
            ? LiveView.Start(BlindTerminal.Create(), new RunProjection((await runs.GetAsync(id, cancellationToken)).Plan), TimeProvider.System)
            : null;
        var observer = new Observers([.. new[] { events, view, pace }.OfType<IRunObserver>()]);
        var runner = new EmbeddedRunner(runs, _ => Provider, TimeProvider.System, observer, identity);
        var end = await runner.RunAsync(id, _ => { }, cancellationToken);
        if (end is not (RunnerExit.Ended, RunOutcome.Succeeded))
            throw new InvalidOperationException($"Run {id} ended as {end}.");
    }

    public void Dispose()
    {
        keys.Dispose();
        Directory.Delete(Home, recursive: true);
    }
}
