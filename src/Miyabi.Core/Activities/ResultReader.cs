using System.Collections.Immutable;
using Miyabi.Core.Agents;
using Miyabi.Core.Ledger;
using Miyabi.Core.Runs;
using Miyabi.Core.Scheduling;

namespace Miyabi.Core.Activities;

/// <summary>Reads the outcome of an attempt back and believes nothing else: not the activity that said it had ended, not the file's name.</summary>
internal sealed class ResultReader(OpenRun run, IRunObserver observer, TimeProvider clock)
{
    /// <summary>What the Scheduler may be told. A document that does not stand up is put aside, and the attempt has failed.</summary>
    /// <param name="start">What was decided.</param>
    /// <param name="own">The digest of the instruction, if this process wrote it; else it is read.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    internal async Task<StepEnding> ReadAsync(StartDecision start, string? own, CancellationToken cancellationToken)
    {
        var kind = run.Plan.KindOf(start.Task);
        string? instruction = null;
        var claims = ImmutableArray<string>.Empty;
        try
        {
            if (own is null)
                await ReadInstructionAsync();
            var result = await run.Ledger.ReadResultAsync(start.Task, start.Attempt, kind, cancellationToken)
                ?? throw new SealException("There is no result document.");
            // This process wrote the instruction, and nobody took the attempt over: what the store has of that need not be read again.
            if (own is not null && result.Value.Instruction == own && result.Value.Claims.IsEmpty)
                instruction = own;
            else if (own is not null)
                await ReadInstructionAsync();
            return Taken(start, result, instruction!, claims);
        }
        catch (Exception e) when (own is not null && e is (SealException or UntrustedKeyException))
        {
            // What is wrong is for the ledger alone to say: a sound instruction stays, and the claims on it are named.
            return await ReadAsync(start, null, cancellationToken);
        }
        catch (Exception e) when (e is SealException or UntrustedKeyException)
        {
            var path = instruction is null ? LedgerPath.Instruction(start.Task, start.Attempt) : LedgerPath.Result(start.Task, start.Attempt, kind);
            await run.Ledger.QuarantineAsync(path, cancellationToken);
            // A result without its instruction answers nothing, whatever it says.
            await run.Ledger.QuarantineAsync(LedgerPath.Result(start.Task, start.Attempt, kind), cancellationToken);
            observer.Happened(run.Plan.RunId, new RunEvent(clock.GetUtcNow(), RunEventKind.Quarantined, start.Task, start.Attempt) { Message = e.Message.StartsWith(path, StringComparison.Ordinal) ? e.Message : $"{path}: {e.Message}" });
            var failure = new EndingFailure(FailureKind.Rejected, Shorten($"The outcome was rejected: {e.Message}"), null);
            return new StepEnding { Ending = new Ending(start.Task, start.Attempt, failure, run.Plan.ReserveOf(start.Agent).Unknown), Instruction = instruction, Claims = claims };
        }

        async Task ReadInstructionAsync()
        {
            var told = await run.Ledger.ReadInstructionAsync(start.Task, start.Attempt, cancellationToken)
                ?? throw new SealException("There is no instruction document.");
            instruction = told.Digest;
            // From the ledger, not from the result: a worker that lost the attempt at the last moment does not know of the claim it lost it to.
            claims = (await new AttemptClaims(run.Ledger, clock).LastClaimAsync(told.Value, cancellationToken)).TakeOvers;
        }
    }

    /// <summary>The same of a result whose instruction and bytes this process wrote and nobody else worked on; <see langword="null"/>: it is to be read.</summary>
    internal StepEnding? OfOwn(StartDecision start, string instruction, Verified<ResultDocument> written)
    {
        try
        {
            return Taken(start, written, instruction, []);
        }
        catch (SealException)
        {
            return null;
        }
    }

    private StepEnding Taken(StartDecision start, Verified<ResultDocument> result, string instruction, ImmutableArray<string> claims)
    {
        Check(result.Value, start, instruction, claims);
        var ended = Accepted(result, instruction, claims);
        if (result.Value is { Failure: null, Payload: { } payload })
            run.Payloads.Keep(result.Digest, payload);
        return ended;
    }

    private static void Check(ResultDocument result, StartDecision start, string instruction, ImmutableArray<string> claims)
    {
        if (result.Instruction != instruction)
            throw new SealException("The result answers another instruction.");
        if (result.Agent != start.Agent)
            throw new SealException($"The result is by agent '{result.Agent}'; the attempt was given to '{start.Agent}'.");
        if (result.Claims.Length > claims.Length || !result.Claims.SequenceEqual(claims.Take(result.Claims.Length)))
            throw new SealException("The result names claims that are not there.");
        if (result.Outcome == AttemptOutcome.Failed ? result.Failure is null : result.Payload is null || result.Failure is not null)
            throw new SealException("The result says neither success nor failure.");
        if (result.Payload is { } payload && result.PayloadDigest != LedgerJson.DigestOf(payload))
            throw new SealException("The result's payload is not the one its digest names.");
    }

    private StepEnding Accepted(Verified<ResultDocument> result, string instruction, ImmutableArray<string> claims)
    {
        var (value, digest) = result;
        var stage = run.Plan.StageOf(value.Task);
        var verdict = Verdict.Of(stage.Stage, value);
        var failure = value.Failure is { } found ? new EndingFailure(found.Kind, Shorten(found.Message), found.RetryAfter) : null;
        return new StepEnding
        {
            Ending = new Ending(value.Task, value.Attempt, failure, value.Usage) { Verdict = verdict },
            Result = digest,
            Instruction = instruction,
            Payload = failure is null ? value.PayloadDigest : null,
            Key = failure is null ? value.Key : null,
            Source = value.Source,
            Awaits = failure is null && verdict is not { Accepted: false } ? run.Plan.StageAfter(stage.Task, stage.Stage) : null,
            Claims = claims,
        };
    }

    // Steps are read often and hold every failure of a run: the whole message stands in the result.
    private static string Shorten(string message) => message.Length <= 500 ? message : $"{message.AsSpan(0, 499)}…";
}
