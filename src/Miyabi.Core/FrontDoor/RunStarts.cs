using Miyabi.Core.Activities;
using Miyabi.Core.Ledger;
using Miyabi.Core.Orchestration;
using Miyabi.Core.Runs;

namespace Miyabi.Core.FrontDoor;

/// <summary>Who carries a run out, after the front door has seen to it.</summary>
public enum RunStanding
{
    /// <summary>An instance was started just now.</summary>
    Started,

    /// <summary>Somebody is at it.</summary>
    Running,

    /// <summary>The run has ended.</summary>
    Ended,

    /// <summary>Its instance has ended and the run has not: it goes on when somebody asks for that.</summary>
    Stalled,
}

/// <summary>Where a run stands with its engine.</summary>
/// <param name="Standing">Who carries it out.</param>
/// <param name="Instance">The engine's last instance of it; <see langword="null"/> where no instance is.</param>
public sealed record RunStart(RunStanding Standing, string? Instance);

/// <summary>Has an engine carry out what the ledger says is to be carried out: an instance a run, <c>RUN~N</c> as its N-th owner.</summary>
/// <remarks>
/// Whatever happened - a front door that died, an upgrade, a lost history, an instance that failed - the next instance starts from the ledger.
/// Two front doors at once start one instance, or two of which one stops at its first step.
/// </remarks>
/// <param name="runs">The runs.</param>
/// <param name="engine">The engine.</param>
/// <param name="clock">The time.</param>
/// <param name="newHolder">Makes 32 hex digits that nobody else has.</param>
public sealed class RunStarts(OpenRuns runs, IRunEngine engine, TimeProvider clock, Func<string> newHolder)
{
    /// <summary>Has the run carried out if nobody is at it and it has not ended.</summary>
    /// <param name="id">The run's id.</param>
    /// <param name="resumes">Also where an instance has ended before the run did; that nothing does by itself, or what ended it would do so again.</param>
    /// <param name="trace">The W3C trace context to go on in.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="RunNotFoundException">The store has no run of the id.</exception>
    /// <exception cref="SealException">The run's plan or steps do not hold.</exception>
    /// <exception cref="UntrustedKeyException">They are sealed by a key that is not trusted.</exception>
    /// <exception cref="StoreException">The store could not be read.</exception>
    /// <exception cref="EngineException">The engine could not be asked.</exception>
    public async Task<RunStart> EnsureAsync(string id, bool resumes, string? trace, CancellationToken cancellationToken)
    {
        var (start, owner) = await FindAsync(id, resumes, cancellationToken);
        if (start.Standing != RunStanding.Started)
            return start;
        var record = await (await runs.GetAsync(id, cancellationToken)).ReadLatestAsync(cancellationToken);
        var input = new RunInput(id, owner, record.Step + 1) { Holder = newHolder(), Trace = trace };
        return await engine.StartAsync(start.Instance!, input, cancellationToken) ? start : start with { Standing = RunStanding.Running };
    }

    /// <summary>The same for a run that the caller has accepted just now: nothing but its plan is there to look at.</summary>
    /// <inheritdoc cref="EnsureAsync" path="/exception"/>
    public async Task<RunStart> StartNewAsync(string id, string? trace, CancellationToken cancellationToken)
    {
        var instance = EngineOwner.InstanceOf(id, 1);
        var isStarted = await engine.StartAsync(instance, new RunInput(id, 1, 1) { Holder = newHolder(), Trace = trace }, cancellationToken);
        return new RunStart(isStarted ? RunStanding.Started : RunStanding.Running, instance);
    }

    /// <summary>How the run stands with its engine; <see cref="RunStanding.Started"/>: nobody is at it, and <see cref="EnsureAsync"/> would start an instance.</summary>
    /// <inheritdoc cref="EnsureAsync" path="/exception"/>
    public async Task<RunStart> LookAsync(string id, CancellationToken cancellationToken) => (await FindAsync(id, resumes: false, cancellationToken)).Start;

    private async Task<(RunStart Start, int Owner)> FindAsync(string id, bool resumes, CancellationToken cancellationToken)
    {
        var run = await runs.GetAsync(id, cancellationToken);
        var owner = await OwnerAsync(run.Ledger, cancellationToken);
        if (await run.OutcomeAsync(cancellationToken) is not null)
            return (new RunStart(RunStanding.Ended, owner.Instance), owner.Number);
        if (owner is { Number: > 0, Instance: null, IsAtWork: true })
            return (new RunStart(RunStanding.Running, null), owner.Number); // by a process, with its own store access
        var (last, stalled) = (owner.Instance, false);
        if (last is not null)
        {
            var state = await engine.FindAsync(last, cancellationToken);
            if (state == InstanceState.Running)
                return (new RunStart(RunStanding.Running, last), owner.Number);
            stalled = state == InstanceState.Ended;
        }

        // Started before, and not yet at its first step, where it becomes the owner; or ended before it came there.
        var next = EngineOwner.InstanceOf(id, owner.Number + 1);
        switch (await engine.FindAsync(next, cancellationToken))
        {
            case InstanceState.Running:
                return (new RunStart(RunStanding.Running, next), owner.Number);
            case InstanceState.Ended:
                (last, stalled) = (next, true);
                break;
        }

        if (stalled && !resumes)
            return (new RunStart(RunStanding.Stalled, last), owner.Number);
        return (new RunStart(RunStanding.Started, next), owner.Number + 1);
    }

    /// <summary>Tells whoever carries a run out that there are new control documents.</summary>
    /// <exception cref="StoreException">The store could not be read.</exception>
    /// <exception cref="EngineException">The engine could not be reached.</exception>
    public async Task WakeAsync(string id, CancellationToken cancellationToken)
    {
        if ((await OwnerAsync(runs.LedgerOf(id), cancellationToken)).Instance is { } instance)
            await engine.WakeAsync(instance, cancellationToken);
    }

    private Task<RunOwner> OwnerAsync(RunLedger ledger, CancellationToken cancellationToken) =>
        new OwnerReader(ledger, _ => false, clock).ReadAsync(cancellationToken);
}
