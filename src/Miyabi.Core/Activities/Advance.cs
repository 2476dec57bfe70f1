using System.Collections.Immutable;
using System.Collections.ObjectModel;
using Miyabi.Core.Agents;
using Miyabi.Core.Ledger;
using Miyabi.Core.Notifications;
using Miyabi.Core.Orchestration;
using Miyabi.Core.Plans;
using Miyabi.Core.Runs;
using Miyabi.Core.Scheduling;
using Miyabi.Core.Telemetry;

namespace Miyabi.Core.Activities;

/// <summary>Reads back and verifies what has ended, asks the Scheduler, and writes the step that says so.</summary>
/// <remarks>At-least-once: delivered again, also at the same time elsewhere or after a crash anywhere in it, it finds its step and answers the same.</remarks>
public sealed class Advance(OpenRuns runs, TimeProvider clock, IRunObserver observer)
{
    private const int ReadsAtOnce = 16;

    // A page of a listing has up to 5,000 names and costs the service about what some ten reads do.
    private const int ListedForEach = 500;

    /// <summary>Takes a step, or finds it taken.</summary>
    /// <exception cref="StoreException">The store could not be read or written; the same call may succeed later.</exception>
    /// <exception cref="SealException">The plan or the steps so far do not hold: nothing can be decided on them.</exception>
    /// <exception cref="UntrustedKeyException">The plan or a step is sealed by a key that is not trusted.</exception>
    public async Task<AdvanceAnswer> RunAsync(AdvanceRequest request, CancellationToken cancellationToken)
    {
        using var span = Spans.Advance(request);
        var (began, answered) = (clock.GetTimestamp(), false);
        try
        {
            var answer = await AdvanceAsync(request, cancellationToken);
            span.Ended(answer);
            answered = true;
            return answer;
        }
        catch (Exception e) when (span.Broke(e))
        {
            throw;
        }
        finally
        {
            Measures.StepTook(clock.GetElapsedTime(began), answered);
        }
    }

    private async Task<AdvanceAnswer> AdvanceAsync(AdvanceRequest request, CancellationToken cancellationToken)
    {
        var run = await runs.GetAsync(request.Run, cancellationToken);
        var record = await run.RecordAsync(request.Step - 1, cancellationToken);
        var opening = request.Opening;
        if (request is { Opening: true, Holder: { } holder }
            && !await EngineOwner.TakeAsync(run.Ledger, request.Owner, holder, clock, cancellationToken))
            return Answer(request, record, [], opening: false) with { Superseded = true };
        while (true)
        {
            if (await TakeAsync(run, record, request, cancellationToken) is not { } step)
            {
                // It has ended, and nobody has it taken up again. Its last word may be missing: its process may have died before it said it.
                await FinishAsync(run, record, cancellationToken);
                runs.Close(request.Run);
                return Answer(request, record, [], opening: false) with { Tells = await LastTellsAsync(run, record, cancellationToken) };
            }

            var next = record.With(step);
            run.Remember(next);
            foreach (var taken in step.Value.Endings)
                run.Own.Forget(taken.Ending);
            if (step.Value.Owner > request.Owner)
                return Answer(request, next, step.Value.Decisions, opening) with { Superseded = true, Starts = [] };
            if (next.Scheduler.Outcome is not null)
            {
                await FinishAsync(run, next, cancellationToken);
                runs.Close(request.Run);
            }

            if (step.Value.Owner == request.Owner || next.Scheduler.Outcome is not null)
                return Answer(request, next, step.Value.Decisions, opening) with { Tells = StepNotices.Tells(run.Plan.Plan, step.Value, record) };

            // An older owner got this step in before it noticed. It stands; this owner's step comes after it, and starts what it started.
            (record, opening) = (next, true);
        }
    }

    // Null: the run has ended, and there is no step to take.
    private async Task<Verified<StepDocument>?> TakeAsync(OpenRun run, RunRecord record, AdvanceRequest request, CancellationToken cancellationToken)
    {
        var number = record.Step + 1;
        if (record.Scheduler.Outcome is not null && await FoundAsync(run, number, cancellationToken) is { } reopening)
            return reopening;
        var reading = ReadBackAsync(run, record, request.Endings, cancellationToken);
        // With endings too, whoever signals: a wake-up can be lost, and an agent that a cancel stopped can be quicker than its signal.
        var looking = request.Opening || request.Controls || !request.Endings.IsEmpty
            ? run.Ledger.ReadControlsAsync(record.TakenControls, cancellationToken, putAside: true)
            : Task.FromResult<List<Verified<ControlDocument>>>([]);
        await Task.WhenAll(reading, looking); // neither waits for the other's requests
        var (endings, flushed) = await reading;
        var controls = await looking;
        // Never before the last step, whatever clock the machine has that took it: what waits for a time waits for the run's.
        var now = clock.GetUtcNow() is var time && time > record.LastAt ? time : record.LastAt;
        var turn = Scheduler.Advance(
            run.Plan, record.Scheduler, endings.Select(ending => ending.Ending), controls.Select(control => control.Value.Control), now);
        var reopens = record.Scheduler.Outcome is not null;
        if (reopens && turn.State.Outcome is not null && turn.Decisions.IsEmpty)
            return null;
        var document = new StepDocument
        {
            Run = request.Run,
            Step = number,
            Owner = request.Owner,
            Previous = record.LastDigest,
            At = now,
            Reopens = reopens ? await FinishAsync(run, record, cancellationToken) : null,
            Endings = endings,
            Controls = [.. controls.Select(control => new StepControl(control.Value.Number, control.Digest, control.Value.Control))],
            Decisions = [],
        };
        if (turn.Decisions.Any(decision => decision is StartDecision))
        {
            var soFar = record.With(new Verified<StepDocument>(document, "")); // with what has ended just now
            document = document with { Decisions = [.. turn.Decisions.Select(decision => WithInputs(decision, run.Plan, soFar))] };
        }
        else
        {
            document = document with { Decisions = turn.Decisions };
        }

        while (true)
        {
            await run.StepFlushed;
            await flushed;
            if (await run.Ledger.BeginCreateStepAsync(document, cancellationToken) is var (digest, stepFlushed))
            {
                // What it decides may start at once: no result of that is published before this is flushed.
                run.StepFlushed = stepFlushed;
                run.Own.Decided(document);
                observer.Stepped(document);
                Measures.Stepped(document, record);
                return new Verified<StepDocument>(document, digest);
            }

            if (await FoundAsync(run, number, cancellationToken) is { } found)
                return found;
        }
    }

    private static async Task<Verified<StepDocument>?> FoundAsync(OpenRun run, int number, CancellationToken cancellationToken)
    {
        try
        {
            return await run.Ledger.ReadStepAsync(number, cancellationToken);
        }
        catch (Exception e) when (e is SealException or UntrustedKeyException)
        {
            // Something that is no step stands in the step's place: it must not be believed, and must not block.
            await run.Ledger.QuarantineAsync(LedgerPath.Step(number), cancellationToken);
            return null;
        }
    }

    // Also returns when what this process wrote of those attempts will be flushed.
    private async Task<(ImmutableArray<StepEnding> Endings, Task Flushed)> ReadBackAsync(
        OpenRun run, RunRecord record, ImmutableArray<TaskEnding> endings, CancellationToken cancellationToken)
    {
        var ended = new List<(StartDecision Start, OwnAttempt Own)>(endings.Length);
        foreach (var ending in endings)
        {
            // Told before, or by an execution that a newer one has replaced: the step that took it stands.
            if (record.AtWork.TryGetValue(run.Plan.StageOf(ending.Task).Task, out var work) && work.Start.Task == ending.Task && work.Start.Attempt == ending.Attempt)
                ended.Add((work.Start, run.Own.Of(work.Start)));
        }

        var reader = new ResultReader(run, observer, clock);
        var standing = await VersionsAsync(run, ended.Select(attempt => attempt.Own), record, cancellationToken);
        var read = new StepEnding[ended.Count];
        var options = new ParallelOptions { MaxDegreeOfParallelism = ReadsAtOnce, CancellationToken = cancellationToken };
        await Parallel.ForAsync(0, read.Length, options, async (i, token) =>
        {
            var (start, own) = ended[i];
            read[i] = own.Result is { } result && standing.GetValueOrDefault(result.Name) == result.Version
                ? result.Ending
                : await reader.ReadAsync(start, own.Instruction, token);
        });
        return ([.. read], Task.WhenAll(ended.Select(attempt => attempt.Own.Flushed)));
    }

    // One answer of the store about many results of this process; none where reading them asks less of it.
    private static async Task<IReadOnlyDictionary<string, string>> VersionsAsync(
        OpenRun run, IEnumerable<OwnAttempt> attempts, RunRecord record, CancellationToken cancellationToken)
    {
        var known = attempts.Count(attempt => attempt.Result is not null);
        return known > 1 && record.Scheduler.Accepted <= known * ListedForEach
            ? await run.Ledger.ResultVersionsAsync(cancellationToken)
            : ReadOnlyDictionary<string, string>.Empty;
    }

    // A check reads what it is to check, and then what that was made of.
    private static Decision WithInputs(Decision decision, RunPlan plan, RunRecord record)
    {
        if (decision is not StartDecision start)
            return decision;
        var stage = plan.StageOf(start.Task);
        var accepted = plan.Dependencies[stage.Task].Select(dependency => record.Accepted[dependency]);
        return start with { Inputs = stage.Stage == TaskStage.Work ? [.. accepted] : [record.Candidates[stage.Task], .. accepted] };
    }

    // Returns the digest of the manifest as it stands in the ledger.
    private static async Task<string> FinishAsync(OpenRun run, RunRecord record, CancellationToken cancellationToken)
    {
        await run.StepFlushed;
        var owners = new List<string>();
        for (var owner = 1; owner <= record.Owner; owner++)
        {
            var document = await run.Ledger.ReadOwnerAsync(owner, cancellationToken)
                ?? throw new SealException($"{LedgerPath.Owner(owner)} of run '{run.Plan.RunId}' is missing.");
            owners.Add(document.Digest);
        }

        var manifest = Manifest.Of(record, owners);
        while (true)
        {
            if (await run.Ledger.CreateManifestAsync(manifest, cancellationToken) is { } digest)
                return digest;
            // There already: written by another delivery of this very step, and the same to the byte but for the signature.
            if (await DigestOfManifestAsync(run, manifest.Generation, cancellationToken) is { } found)
                return found;
            await run.Ledger.QuarantineAsync(LedgerPath.Manifest(manifest.Generation), cancellationToken);
        }
    }

    private static async Task<string?> DigestOfManifestAsync(OpenRun run, int generation, CancellationToken cancellationToken)
    {
        try
        {
            return (await run.Ledger.ReadManifestAsync(generation, cancellationToken))?.Digest;
        }
        catch (Exception e) when (e is SealException or UntrustedKeyException)
        {
            return null;
        }
    }

    // Whoever took the last step may have died before it told anybody that the run has ended.
    private static async Task<bool> LastTellsAsync(OpenRun run, RunRecord record, CancellationToken cancellationToken) =>
        !run.Plan.Plan.Notify.IsEmpty && await run.Ledger.ReadStepAsync(record.Step, cancellationToken) is { } last && StepNotices.Tells(run.Plan.Plan, last.Value);

    private static AdvanceAnswer Answer(AdvanceRequest request, RunRecord record, ImmutableArray<Decision> decisions, bool opening)
    {
        var starts = opening
            ? record.AtWork.Values.Select(work => new TaskStart(work.Start.Task, work.Start.Attempt, work.Step))
            : decisions.OfType<StartDecision>().Select(start => new TaskStart(start.Task, start.Attempt, record.Step));
        var state = record.Scheduler;
        var status = new RunStatus(
            record.Step,
            Math.Min(state.Wave + 1, record.Plan.Waves.Length),
            record.Plan.Waves.Length,
            record.Plan.TaskCount,
            state.Accepted,
            state.Failed,
            state.Skipped,
            state.Running.Count,
            state.AwaitingAnswer,
            state.Suspended,
            state.BudgetReached,
            // It comes by itself. An approval's timeout does too, but whoever does not wait for people does not wait for that.
            !state.Suspended && !state.BudgetReached && state.Timers.Any(timer => state.Tasks[timer.Task].Phase == TaskPhase.Backoff))
        {
            WaitingFor = state.AwaitingAnswer == 0 ? [] : [.. Waiting(record).Take(RunStatus.MaxWaitingFor)],
        };
        var wait = decisions.OfType<WaitDecision>().FirstOrDefault();
        return new AdvanceAnswer(record.Step, [.. starts], wait?.Until, state.Outcome, Superseded: false, status)
        {
            // A wave is all that could start: once all of it has, only its end makes room for more. What is checked goes on by itself meanwhile.
            Gathers = record.Plan.Schedule == Schedule.Waves && state.Ready.IsEmpty && !state.Running.Any(record.Plan.IsChecked),
        };
    }

    private static IEnumerable<string> Waiting(RunRecord record)
    {
        for (var task = 0; task < record.Plan.TaskCount; task++)
        {
            if (record.Scheduler.Tasks[task] is { Phase: TaskPhase.Approval, Asked: true })
                yield return record.Plan.Plan.Tasks[task].Id;
        }
    }
}
