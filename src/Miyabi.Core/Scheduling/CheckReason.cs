using Miyabi.Core.Plans;

namespace Miyabi.Core.Scheduling;

/// <summary>What came of a check, in words: for people, on a line. The verdict itself stands in the step, and whole in the check's result.</summary>
internal static class CheckReason
{
    private const int MaxLength = 1_000;

    /// <summary>A result was rejected.</summary>
    // Short, because lines are: the number says by itself when it was the last.
    internal static string Rejected(TaskStage stage, int rejections, int most, Verdict verdict) =>
        $"{Named(stage)} {rejections} of {most} rejected it: {Shown(stage, verdict)}";

    /// <summary>The beginning of why a check came to no verdict.</summary>
    internal static string NotCarriedOut(TaskStage stage) => $"{Named(stage)} not carried out: ";

    private static string Named(TaskStage stage) => stage == TaskStage.Gate ? "Gate" : "Review";

    private static string Shown(TaskStage stage, Verdict verdict)
    {
        var all = stage == TaskStage.Gate ? verdict.Findings[0] : string.Join("; ", verdict.Findings);
        return all.Length <= MaxLength ? all : $"{all.AsSpan(0, char.IsHighSurrogate(all[MaxLength - 2]) ? MaxLength - 2 : MaxLength - 1)}…";
    }
}
