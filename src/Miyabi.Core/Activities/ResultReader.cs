using Miyabi.Core.Agents;
using Miyabi.Core.Ledger;
using Miyabi.Core.Runs;
using Miyabi.Core.Scheduling;

namespace Miyabi.Core.Activities;

/// <summary>Reads the outcome of an attempt back and believes nothing else: not the activity that said it had ended, not the file's name.</summary>
internal sealed class ResultReader(OpenRun run, IRunObserver observer, TimeProvider clock)
{
    /// <summary>What the Scheduler may be told. A document that does not stand up is put aside, and the attempt has failed.</summary>
    internal async Task<StepEnding> ReadAsync(StartDecision start, CancellationToken cancellationToken)
    {
        var kind = run.Plan.Plan.Tasks[run.Plan.TaskOf(start.Task)].Agent.Kind;
        string? instruction = null;
        try
        {
            instruction = (await run.Ledger.ReadInstructionAsync(start.Task, start.Attempt, cancellationToken))?.Digest
                ?? throw new SealException("There is no instruction document.");
            var result = await run.Ledger.ReadResultAsync(start.Task, start.Attempt, kind, cancellationToken)
                ?? throw new SealException("There is no result document.");
            Check(result.Value, start, instruction);
            return Accepted(result, instruction);
        }
        catch (Exception e) when (e is SealException or UntrustedKeyException)
        {
            var path = instruction is null ? LedgerPath.Instruction(start.Task, start.Attempt) : LedgerPath.Result(start.Task, start.Attempt, kind);
            await run.Ledger.QuarantineAsync(path, cancellationToken);
            // A result without its instruction answers nothing, whatever it says.
            await run.Ledger.QuarantineAsync(LedgerPath.Result(start.Task, start.Attempt, kind), cancellationToken);
            observer.Happened(run.Plan.RunId, new RunEvent(clock.GetUtcNow(), RunEventKind.Quarantined, start.Task, start.Attempt) { Message = $"{path}: {e.Message}" });
            var failure = new EndingFailure(FailureKind.Rejected, Shorten($"The outcome was rejected: {e.Message}"), null);
            return new StepEnding { Ending = new Ending(start.Task, start.Attempt, failure, AgentUsage.None), Instruction = instruction };
        }
    }

    private static void Check(ResultDocument result, StartDecision start, string instruction)
    {
        if (result.Instruction != instruction)
            throw new SealException("The result answers another instruction.");
        if (result.Agent != start.Agent)
            throw new SealException($"The result is by agent '{result.Agent}'; the attempt was given to '{start.Agent}'.");
        if (result.Outcome == AttemptOutcome.Failed ? result.Failure is null : result.Payload is null || result.Failure is not null)
            throw new SealException("The result says neither success nor failure.");
        if (result.Payload is { } payload && result.PayloadDigest != LedgerJson.DigestOf(payload))
            throw new SealException("The result's payload is not the one its digest names.");
    }

    private static StepEnding Accepted(Verified<ResultDocument> result, string instruction)
    {
        var (value, digest) = result;
        var failure = value.Failure is { } found ? new EndingFailure(found.Kind, Shorten(found.Message), found.RetryAfter) : null;
        return new StepEnding
        {
            Ending = new Ending(value.Task, value.Attempt, failure, value.Usage),
            Result = digest,
            Instruction = instruction,
            Payload = failure is null ? value.PayloadDigest : null,
            Claims = value.Claims,
        };
    }

    // Steps are read often and hold every failure of a run: the whole message stands in the result.
    private static string Shorten(string message) => message.Length <= 500 ? message : $"{message.AsSpan(0, 499)}…";
}
