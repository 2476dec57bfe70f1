using System.Collections.Immutable;
using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Miyabi.Core.Agents;
using Miyabi.Core.Ledger;
using Miyabi.Core.Orchestration;
using Miyabi.Core.Plans;
using Miyabi.Core.Reuse;
using Miyabi.Core.Runs;
using Miyabi.Core.Scheduling;
using Miyabi.Core.Telemetry;

namespace Miyabi.Core.Activities;

/// <summary>Carries out one attempt: claims it, tells the agent, checks what comes back, and writes the outcome down, whatever it is.</summary>
/// <remarks>
/// At-least-once: an attempt that has an outcome is never carried out again; of several deliveries at once one works and the others wait.
/// Every ended attempt has one result document. An attempt that was cut short by the death of its process has none, and is carried out again;
/// if its calls are paid for (<see cref="CallReserve"/>), it ends as <see cref="FailureKind.Interrupted"/>: no call is made twice under one attempt.
/// </remarks>
/// <param name="runs">The runs of this process.</param>
/// <param name="providers">Providers by name.</param>
/// <param name="clock">The time.</param>
/// <param name="newId">Makes 32 hex digits that nobody else has.</param>
/// <param name="observer">Is told what happens.</param>
public sealed class RunTask(
    OpenRuns runs, Func<string, IAgentProvider> providers, TimeProvider clock, Func<string> newId, IRunObserver observer)
{
    private const int WritesAtOnce = 16;

    /// <summary>The longest that an agent may work here, whatever its task's timeout is; more than 0. <see langword="null"/>, the default: as long as its timeout.</summary>
    public TimeSpan? LongestWork { get; init; }

    /// <summary>Carries an attempt out, or finds that it has ended.</summary>
    /// <exception cref="StoreException">The store could not be read or written.</exception>
    /// <exception cref="SupersededException">A newer owner has taken the run over.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was set: the process ends, and the attempt with it, without an outcome.</exception>
    public async Task<TaskEnding> RunAsync(RunTaskRequest request, CancellationToken cancellationToken)
    {
        using var span = Spans.RunTask(request);
        try
        {
            var run = await runs.GetAsync(request.Run, cancellationToken);
            var start = await run.StartOfAsync(request.Step, request.Task, request.Attempt, cancellationToken);
            span.Of(run.Plan, start.Agent);
            var outcome = run.Own.TakeNew(start) ? null : await OutcomeAsync(run, start, cancellationToken);
            // Without an outcome another took the attempt over: from here on this one is a duplicate, and waits for the outcome like any other.
            while (outcome is null)
                outcome = await CarryOutAsync(run, request, start, span, cancellationToken);
            span.FoundUnlessEnded(outcome.Value);
            return new TaskEnding(request.Task, request.Attempt, outcome != AttemptOutcome.Succeeded);
        }
        catch (Exception e) when (span.Broke(e))
        {
            throw;
        }
    }

    // Null: the attempt was taken over before it came to its end.
    private async Task<AttemptOutcome?> CarryOutAsync(OpenRun run, RunTaskRequest request, StartDecision start, Activity? span, CancellationToken cancellationToken)
    {
        var claims = new AttemptClaims(run.Ledger, clock);
        var wanted = Instructions.Compose(run, request, start, new Claim(newId(), request.Owner, clock.GetUtcNow() + AttemptClaim.Term), clock.GetUtcNow(), providers);
        var claim = await claims.AcquireAsync(start, wanted, async () => await OutcomeAsync(run, start, cancellationToken) is not null, cancellationToken);
        if (claim is null)
            return await OutcomeAsync(run, start, cancellationToken);

        await using var watching = await run.Watch.AttachAsync(cancellationToken, request.Owner);
        await using var lease = new AttemptLease(claims, claim, clock);
        using var telling = new AttemptTelemetry(span, request, run.Plan, start, !claim.TakeOvers.IsEmpty, clock);
        var startedAt = clock.GetUtcNow();
        observer.Happened(request.Run, new RunEvent(startedAt, RunEventKind.Began, request.Task, request.Attempt) { Agent = start.Agent });
        var key = TaskKey.Of(claim.Instruction, run.Plan.Options.PlanDirectory);
        if (await WorkAsync(run, start, (key, claim.Instruction.Content.Model), lease, telling, cancellationToken) is not var (result, source))
        {
            telling.Lost();
            return null;
        }

        telling.AgentEnded(result, reused: source is not null);
        var (outcome, written) = await WriteAsync(run, start, claim, startedAt, new Outcome(result, key, source), cancellationToken);
        if (written is not null)
        {
            telling.Written(result);
            run.Own.Ended(start, Own(run, start, claim, written));
        }

        observer.Happened(
            request.Run, new RunEvent(clock.GetUtcNow(), RunEventKind.Ended, request.Task, request.Attempt) { Agent = start.Agent, Message = result.Failure?.Message });
        await lease.EndAsync(run.Ledger);
        return outcome;
    }

    private OwnAttempt Own(OpenRun run, StartDecision start, AttemptClaim claim, WrittenResult written)
    {
        // Whoever has ever worked on it besides may have left a claim: then the ledger is asked for everything.
        var instruction = claim is { TakeOvers.IsEmpty: true, Leftovers: null } ? claim.Digest : null;
        var ending = instruction is not null && written.Standing is { } standing ? new ResultReader(run, observer, clock).OfOwn(start, instruction, standing.Document) : null;
        return new OwnAttempt(instruction, written.Flushed, ending is null ? null : new OwnResult(ending, written.Standing!.Name, written.Standing.Version));
    }

    // Null: the attempt has not ended. An outcome that does not stand up, or is another agent's, is put aside.
    private async Task<AttemptOutcome?> OutcomeAsync(OpenRun run, StartDecision start, CancellationToken cancellationToken)
    {
        var kind = run.Plan.KindOf(start.Task);
        try
        {
            var result = await run.Ledger.ReadResultAsync(start.Task, start.Attempt, kind, cancellationToken);
            return result is null || result.Value.Agent == start.Agent
                ? result?.Value.Outcome
                : throw new SealException($"It is by agent '{result.Value.Agent}', not by '{start.Agent}'.");
        }
        catch (Exception e) when (e is SealException or UntrustedKeyException)
        {
            var path = LedgerPath.Result(start.Task, start.Attempt, kind);
            await run.Ledger.QuarantineAsync(path, cancellationToken);
            observer.Happened(
                run.Plan.RunId, new RunEvent(clock.GetUtcNow(), RunEventKind.Quarantined, start.Task, start.Attempt) { Message = e.Message.StartsWith(path, StringComparison.Ordinal) ? e.Message : $"{path}: {e.Message}" });
            return null;
        }
    }

    // Null: the attempt is another's by now, and no outcome is this worker's to write.
    private async Task<(AgentResult Result, ResultSource? Source)?> WorkAsync(
        OpenRun run, StartDecision start, (string Key, ModelTerms? Model) asked, AttemptLease lease, AttemptTelemetry telling, CancellationToken cancellationToken)
    {
        var task = run.Plan.SpecOf(start.Task);
        var cancelled = run.Watch.Cancelled;
        var longest = LongestWork < task.Timeout ? LongestWork.Value : task.Timeout;
        using var timeout = new CancellationTokenSource(longest, clock);
        using var any = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token, cancelled, lease.Lost);
        var progress = new Reporter(run.Plan.RunId, start, observer, clock);
        var reserve = run.Plan.ReserveOf(start.Agent);
        try
        {
            var agent = providers(run.Plan.ProviderOf(run.Plan.AgentOf(start.Agent))).Agent;
            // Also when the attempt is not to be made any more: what is left of it must not go on.
            if (lease.Leftovers is { } leftovers)
            {
                if (await agent.EndLeftoversAsync(leftovers, cancellationToken) is { } remains)
                    return (new AgentResult { Failure = remains, Usage = reserve.Unknown }, null);
                if (reserve.IsPaid)
                    return Interrupted(cancelled.IsCancellationRequested);
            }

            any.Token.ThrowIfCancellationRequested();
            // Not in a later attempt: whoever has a task carried out again wants another result.
            if (run.Plan.Options.Reuse && task.Cache && start.Attempt == 1
                && await run.Earlier.TakeAsync(asked.Key, task.Agent.Kind, any.Token) is var (taken, source) && ResultCheck.WhatIsWrong(task, taken, clock) is null)
                return (taken, source);
            var request = await Instructions.RequestAsync(run, start, any.Token) with { Model = asked.Model, StartedAsync = lease.StartedAsync, Trace = telling.AgentBegins() };
            // Without the instruction nobody would know after a crash of the machine that there was a call.
            if (reserve.IsPaid)
                await lease.InstructionFlushed;
            var result = await agent.RunAsync(request, progress, any.Token);
            cancellationToken.ThrowIfCancellationRequested();
            if (lease.Lost.IsCancellationRequested)
                return null;
            return result.Failure is not null || ResultCheck.WhatIsWrong(task, result, clock) is not { } wrong
                ? (result, null)
                : (new AgentResult { Failure = wrong, Usage = result.Usage }, null);
        }
        catch (OperationCanceledException e) when (any.IsCancellationRequested)
        {
            cancellationToken.ThrowIfCancellationRequested(); // the process ends: nothing is written, and the attempt is carried out again
            if (lease.Lost.IsCancellationRequested)
                return null;
            var why = cancelled.IsCancellationRequested
                ? new AgentFailure(FailureKind.Cancelled, "The run was cancelled.")
                : new AgentFailure(FailureKind.TimedOut, $"The attempt did not end within {System.Xml.XmlConvert.ToString(longest)}.");
            return (new AgentResult { Failure = why, Usage = (e as AttemptCancelledException)?.Usage ?? AgentUsage.None }, null);
        }
        catch (InputRejectedException e)
        {
            return Failed(new AgentFailure(FailureKind.InputRejected, e.Message));
        }
        catch (Exception e) when (e is SealException or UntrustedKeyException)
        {
            return Failed(new AgentFailure(FailureKind.Rejected, $"A document cannot be read: {e.Message}"));
        }
        catch (Exception e) when (e is not StoreException)
        {
            return (new AgentResult { Failure = new AgentFailure(FailureKind.Crashed, $"The agent broke with {e.GetType().Name}: {e.Message}"), Usage = reserve.Unknown }, null);
        }

        static (AgentResult Result, ResultSource? Source)? Failed(AgentFailure failure) => (new AgentResult { Failure = failure }, null);

        (AgentResult Result, ResultSource? Source) Interrupted(bool isCancelled) => (new AgentResult
        {
            Failure = isCancelled
                ? new AgentFailure(FailureKind.Cancelled, "The run was cancelled.")
                : new AgentFailure(FailureKind.Interrupted, "Its worker ended during the call."),
            Usage = reserve.Unknown,
        }, null);
    }

    // Returns the outcome that stands, and what was written; null: it is that of another delivery, which was quicker.
    private async Task<(AttemptOutcome Outcome, WrittenResult? Written)> WriteAsync(
        OpenRun run, StartDecision start, AttemptClaim claim, DateTimeOffset startedAt, Outcome outcome, CancellationToken cancellationToken)
    {
        var result = outcome.Result;
        ResultPayload? payload = null;
        if (result.Failure is null)
        {
            payload = new ResultPayload(result.Output, await KeepAsync(run.Ledger, result.Files, cancellationToken));
        }

        var document = new ResultDocument
        {
            Run = run.Plan.RunId,
            Task = start.Task,
            Attempt = start.Attempt,
            Agent = start.Agent,
            Provider = claim.Instruction.Provider,
            Instruction = claim.Digest,
            Key = outcome.Key,
            Source = outcome.Source,
            Claims = claim.TakeOvers,
            StartedAt = startedAt,
            EndedAt = clock.GetUtcNow(),
            Usage = Bounded(result.Usage),
            Outcome = payload is null ? AttemptOutcome.Failed : AttemptOutcome.Succeeded,
            Failure = result.Failure is { } failure ? Bounded(failure) : null,
            PayloadDigest = payload is null ? null : LedgerJson.DigestOf(payload),
            Payload = payload,
        };
        await claim.Flushed;
        await run.StepFlushed;
        while (true)
        {
            if (await run.Ledger.WriteResultAsync(document, claim.Instruction.Content.Kind, cancellationToken) is { } written)
                return (document.Outcome, written);
            // Another delivery may have been quicker: this outcome is dropped. What is no outcome is put aside by looking.
            if (await OutcomeAsync(run, start, cancellationToken) is { } quicker)
                return (quicker, null);
        }
    }

    // A few at once: each write waits for the disk, and several share that wait.
    private static async Task<ImmutableArray<ArtifactReference>> KeepAsync(
        RunLedger ledger, ImmutableArray<AgentFile> files, CancellationToken cancellationToken)
    {
        var ordered = files.Sort((one, other) => string.CompareOrdinal(one.Path, other.Path));
        var kept = new ArtifactReference[ordered.Length];
        var options = new ParallelOptions { MaxDegreeOfParallelism = WritesAtOnce, CancellationToken = cancellationToken };
        await Parallel.ForAsync(0, ordered.Length, options, async (i, token) => kept[i] = await ledger.CreateArtifactAsync(ordered[i], token));
        return [.. kept];
    }

    private static AgentFailure Bounded(AgentFailure failure) => failure with
    {
        Message = failure.Message.Length <= AgentLimits.MaxMessageCharacters ? failure.Message : failure.Message[..AgentLimits.MaxMessageCharacters],
        ErrorTail = failure.ErrorTail is { } tail ? End(tail) : null,
        OutputTail = failure.OutputTail is { } said ? End(said) : null,
    };

    // The end of it, as its name says: what a program says last tells most. A character has at most three bytes for each of its units.
    private static string End(string text)
    {
        var start = Math.Max(0, text.Length - AgentLimits.MaxErrorTailBytes);
        while (text.Length - start > AgentLimits.MaxErrorTailBytes / 3 && Encoding.UTF8.GetByteCount(text.AsSpan(start)) is var bytes && bytes > AgentLimits.MaxErrorTailBytes)
            start += Math.Max(1, (bytes - AgentLimits.MaxErrorTailBytes) / 3);
        return text[start..];
    }

    // Sums of what agents say must neither fall nor overflow, however often they say it.
    private static AgentUsage Bounded(AgentUsage usage) => new(
        Math.Clamp(usage.InputTokens, 0, PlanLimits.MaxTokens),
        Math.Clamp(usage.OutputTokens, 0, PlanLimits.MaxTokens),
        Math.Clamp(usage.CostUsd, 0, PlanLimits.MaxCostUsd)) { Unpriced = usage.Unpriced, Incomplete = usage.Incomplete };

    /// <summary>What is to be written down of an attempt.</summary>
    /// <param name="Result">What the agent gave, checked.</param>
    /// <param name="Key">Names what it was asked for.</param>
    /// <param name="Source">Whose result it is, if no agent was asked.</param>
    private sealed record Outcome(AgentResult Result, string Key, ResultSource? Source);

    private sealed class Reporter(string run, StartDecision start, IRunObserver observer, TimeProvider clock) : IProgress<AgentProgress>
    {
        public void Report(AgentProgress value) => observer.Happened(run, new RunEvent(clock.GetUtcNow(), RunEventKind.Progress, start.Task, start.Attempt)
        {
            Agent = start.Agent,
            Fraction = double.IsFinite(value.Fraction) ? Math.Clamp(value.Fraction, 0, 1) : null,
            Message = value.Message,
        });
    }
}
