using Miyabi.Core.Ledger;
using Miyabi.Core.Plans;
using Miyabi.Core.Scheduling;

namespace Miyabi.Core.Verification;

/// <summary>Holds the documents of attempts that have ended against what the steps say of them.</summary>
internal sealed class AttemptCheck
{
    private readonly DocumentReader reader;
    private readonly RunRecord record;
    private readonly Dictionary<(string Task, int Attempt), string?> results;

    internal AttemptCheck(DocumentReader reader, RunRecord record)
    {
        (this.reader, this.record) = (reader, record);
        results = record.Endings.DistinctBy(ended => (ended.Ending.Task, ended.Ending.Attempt))
            .ToDictionary(ended => (ended.Ending.Task, ended.Ending.Attempt), ended => ended.Result);
    }

    /// <summary>Checks an attempt's instruction, claims, result and files.</summary>
    /// <returns>How many files the result names.</returns>
    internal async Task<int> CheckAsync(StepEnding ended, CancellationToken cancellationToken)
    {
        var (task, attempt) = (ended.Ending.Task, ended.Ending.Attempt);
        if (ended.Instruction is not null)
            await InstructionAsync(ended, cancellationToken);
        for (var i = 0; i < ended.Claims.Length; i++)
            await reader.ReadAsync<ClaimDocument>(LedgerPath.Claim(task, attempt, i + 1), DocumentTypes.Claim, ended.Claims[i], cancellationToken);
        var path = LedgerPath.Result(task, attempt, reader.KindOfTask(task) ?? AgentKind.Claude);
        if (ended.Result is null)
        {
            if (ended.Ending.Failure is null || ended.Ending.Verdict is not null)
                reader.Note(path, FindingKind.Missing, "A step lets this attempt decide something, and names no result of it.");
            return 0;
        }

        if (await reader.ReadAsync<ResultDocument>(path, DocumentTypes.Result, ended.Result, cancellationToken) is not { Value: var result })
            return 0;
        if (result.Instruction != ended.Instruction)
            reader.Note(path, FindingKind.BrokenChain, "It answers another instruction.");
        if (result.Failure is null != ended.Ending.Failure is null)
            reader.Note(path, FindingKind.BrokenChain, $"It says that the attempt {(result.Failure is null ? "succeeded" : "failed")}; a step took it for the contrary.");
        CheckVerdict(path, ended, result);
        if (result.Payload is not { } payload)
            return 0;
        if (!Fits(result, payload, ended))
            reader.Note(path, FindingKind.Altered, "Its payload is not the one that was accepted.");
        foreach (var file in payload.Files)
            await reader.CheckArtifactAsync(file.Sha256, cancellationToken);
        return payload.Files.Length;
    }

    private async Task InstructionAsync(StepEnding ended, CancellationToken cancellationToken)
    {
        var path = LedgerPath.Instruction(ended.Ending.Task, ended.Ending.Attempt);
        var instruction = await reader.ReadAsync<InstructionDocument>(path, DocumentTypes.Instruction, ended.Instruction, cancellationToken);
        if (instruction is null)
            return;
        if (instruction.Value.Plan != record.PlanDigest)
            reader.Note(path, FindingKind.BrokenChain, "It names another plan document.");
        if (StageName.Parse(ended.Ending.Task) is { } check
            && (instruction.Value.Content.Inputs.IsEmpty || instruction.Value.Content.Inputs[0].Result != results.GetValueOrDefault((check.Task, check.Attempt))))
            reader.Note(path, FindingKind.BrokenChain, $"It asks for a check of another result than that of attempt {check.Attempt} of {check.Task}.");
    }

    // What a check came to follows from its result alone: nobody's word for it is taken, the step's neither.
    private void CheckVerdict(string path, StepEnding ended, ResultDocument result)
    {
        try
        {
            var held = Verdict.Of(record.Plan.StageOf(ended.Ending.Task).Stage, result);
            if (held != ended.Ending.Verdict)
                reader.Note(path, FindingKind.BrokenChain, $"Its verdict is {Word(held)}; a step took it for {Word(ended.Ending.Verdict)}{(held?.Accepted == ended.Ending.Verdict?.Accepted ? " with other findings" : "")}.");
        }
        catch (SealException e)
        {
            reader.Note(path, FindingKind.BrokenChain, $"{e.Message} A step took it for {Word(ended.Ending.Verdict)}.");
        }
    }

    private static string Word(Verdict? verdict) => verdict switch
    {
        null => "none",
        { Accepted: true } => "an acceptance",
        _ => "a rejection",
    };

    private static bool Fits(ResultDocument result, ResultPayload payload, StepEnding ended)
    {
        try
        {
            return result.PayloadDigest == LedgerJson.DigestOf(payload) && (ended.Ending.Failure is not null || ended.Payload == result.PayloadDigest);
        }
        catch (SealException)
        {
            return false;
        }
    }
}
