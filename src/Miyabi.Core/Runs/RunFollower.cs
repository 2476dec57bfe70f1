using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Miyabi.Core.Activities;
using Miyabi.Core.Ledger;

namespace Miyabi.Core.Runs;

/// <summary>Follows a run that another process carries out, by looking into the store again and again.</summary>
/// <remarks>
/// Writes nothing and needs no private key. A look reads the next step, and nothing of what was read before. Looks come every 0.5 s, and down to
/// every 2 s while nothing happens; every 5 s of quiet it is looked who carries the run out. For one reader at a time.
/// </remarks>
public sealed class RunFollower
{
    /// <summary>The pace of looks while something happens.</summary>
    public static readonly TimeSpan Pace = TimeSpan.FromSeconds(0.5);

    /// <summary>The pace after a while of nothing.</summary>
    public static readonly TimeSpan QuietPace = TimeSpan.FromSeconds(2);

    /// <summary>How long a store may be away.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private static readonly TimeSpan OwnerPace = TimeSpan.FromSeconds(5);
    private const double Slowing = 1.25;

    private readonly RunLedger ledger;
    private readonly TimeProvider clock;
    private readonly OwnerReader owners;
    private readonly EventFeed events;
    private RunRecord record;
    private RunOwner? owner;
    private long? lookedForOwner;
    private long? away;

    private RunFollower(RunLedger ledger, IBlobStore store, RunRecord record, Func<string, bool> isDead, TimeProvider clock)
    {
        (this.ledger, this.record, this.clock) = (ledger, record, clock);
        owners = new OwnerReader(ledger, isDead, clock);
        events = new EventFeed(store, ledger.Run);
        Projection = new RunProjection(record.Plan);
    }

    /// <summary>The run as it stood when it was opened. Whoever reads the updates feeds it with them.</summary>
    public RunProjection Projection { get; }

    /// <summary>Opens a run and reads it as far as it is.</summary>
    /// <param name="runs">The runs of the store.</param>
    /// <param name="store">The store.</param>
    /// <param name="run">The run's id.</param>
    /// <param name="isDead">Whether the process that an owner named is certainly dead.</param>
    /// <param name="clock">The time.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="RunNotFoundException">The store has none of the id.</exception>
    /// <exception cref="SealException">Its plan or a step does not hold, though a later step does.</exception>
    /// <exception cref="UntrustedKeyException">Its plan document is sealed by a key that is not trusted.</exception>
    /// <exception cref="StoreException">The store could not be read.</exception>
    public static async Task<RunFollower> OpenAsync(
        OpenRuns runs, IBlobStore store, string run, Func<string, bool> isDead, TimeProvider clock, CancellationToken cancellationToken)
    {
        var (documents, start) = await runs.ReadStartAsync(run, cancellationToken);
        var follower = new RunFollower(documents, store, start, isDead, clock);
        await follower.ReadStepsAsync(follower.Projection.Apply, cancellationToken);
        await follower.CheckGapAsync(follower.Projection.Apply, cancellationToken);
        await follower.events.ReadAllAsync(follower.Projection.Apply, cancellationToken);
        return follower;
    }

    /// <summary>What comes, as it comes, to the end of the run. An update is given when something is new.</summary>
    /// <exception cref="SealException">A step does not hold, though a later step does.</exception>
    /// <exception cref="StoreException">The store was away for longer than <see cref="Patience"/>.</exception>
    public async IAsyncEnumerable<RunUpdate> FollowAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var pace = Pace;
        for (var isFirst = true; ; isFirst = false)
        {
            var update = await LookAsync(isFirst, cancellationToken);
            if (!update.IsEmpty)
                yield return update;
            if (update.HasEnded)
                yield break;
            pace = update.Steps.IsEmpty && update.Events.IsEmpty ? Slower(pace) : Pace;
            await Task.Delay(pace, clock, cancellationToken);
        }
    }

    private static TimeSpan Slower(TimeSpan pace) => pace * Slowing < QuietPace ? pace * Slowing : QuietPace;

    private async Task<RunUpdate> LookAsync(bool isFirst, CancellationToken cancellationToken)
    {
        var steps = ImmutableArray.CreateBuilder<StepDocument>();
        var happened = ImmutableArray.CreateBuilder<RunEvent>();
        RunOwner? changed = null;
        StoreException? trouble = null;
        var (ended, over) = (false, false);
        try
        {
            await ReadStepsAsync(steps.Add, cancellationToken);
            await events.ReadNextAsync(happened.Add, cancellationToken);
            // Not at the very first look: whoever has just begun may be about to become the owner.
            if (!isFirst && (steps.Count == 0 ? IsDue() : owner is { IsAtWork: false }))
            {
                await CheckGapAsync(steps.Add, cancellationToken);
                changed = await LookForOwnerAsync(happened.Add, cancellationToken);
                // Who has just left may have ended the run first, after the steps were read: then there is nothing to go on with.
                if (changed is { IsAtWork: false })
                {
                    await ReadStepsAsync(steps.Add, cancellationToken);
                    await events.ReadNextAsync(happened.Add, cancellationToken);
                    changed = record.Scheduler.Outcome is null ? changed : null;
                }
            }

            ended = record.Scheduler.Outcome is not null && await IsSaidAndDoneAsync(cancellationToken);
            (over, away) = (away is not null, null);
        }
        catch (StoreException e) when (e.Fault == StoreFault.Unavailable && (away is not { } since || clock.GetElapsedTime(since) < Patience))
        {
            trouble = away is null ? e : null;
            away ??= clock.GetTimestamp();
        }

        return new RunUpdate
        {
            Steps = steps.ToImmutable(),
            Events = happened.ToImmutable(),
            Owner = changed,
            Trouble = trouble,
            IsTroubleOver = over,
            HasEnded = ended,
        };
    }

    private async Task ReadStepsAsync(Action<StepDocument> each, CancellationToken cancellationToken)
    {
        while (await TryReadNextAsync(cancellationToken) is (StepDocument step, _))
            each(step);
    }

    // A step that does not stand up decided nothing that counts: its runner puts it aside and takes it again.
    private async Task<(StepDocument? Step, string Why)> TryReadNextAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (await ledger.ReadStepAsync(record.Step + 1, cancellationToken) is not { } step)
                return (null, "is missing");
            record = record.With(step);
            return (step.Value, "");
        }
        catch (Exception e) when (e is SealException or UntrustedKeyException)
        {
            return (null, $"does not hold ({e.Message})");
        }
    }

    // A gap is looked for only now and then, and looked at twice: both steps may have been taken since the first look.
    private async Task CheckGapAsync(Action<StepDocument> each, CancellationToken cancellationToken)
    {
        var next = record.Step + 1;
        if (!await IsStepAsync(next + 1, cancellationToken))
            return;
        var (step, why) = await TryReadNextAsync(cancellationToken);
        each(step ?? throw new SealException($"Step {next} of run '{ledger.Run}' {why}, though step {next + 1} is there."));
        await ReadStepsAsync(each, cancellationToken);
    }

    private async Task<bool> IsStepAsync(int step, CancellationToken cancellationToken)
    {
        try
        {
            return await ledger.ReadStepAsync(step, cancellationToken) is not null;
        }
        catch (Exception e) when (e is SealException or UntrustedKeyException)
        {
            return false;
        }
    }

    private bool IsDue() => lookedForOwner is not { } at || clock.GetElapsedTime(at) >= OwnerPace;

    private async Task<RunOwner?> LookForOwnerAsync(Action<RunEvent> each, CancellationToken cancellationToken)
    {
        lookedForOwner = clock.GetTimestamp();
        var now = await owners.ReadAsync(cancellationToken);
        if (now.Number != owner?.Number)
            await events.ReadAllAsync(each, cancellationToken); // it has a writer of its own
        var before = owner;
        owner = now;
        return before?.IsAtWork == now.IsAtWork && before.Number == now.Number ? null : now;
    }

    // The manifest comes right after the last step. Who is told of the end may want to verify the run at once.
    private async Task<bool> IsSaidAndDoneAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (await ledger.ReadManifestAsync(record.Generation, cancellationToken) is not null)
                return true;
        }
        catch (Exception e) when (e is SealException or UntrustedKeyException)
        {
            return true; // 'verify' says what is wrong with it
        }

        return !(await owners.ReadAsync(cancellationToken)).IsAtWork;
    }
}
