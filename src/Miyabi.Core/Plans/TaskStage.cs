using System.Globalization;
using System.Text.Json.Serialization;
using Miyabi.Core.Ledger;

namespace Miyabi.Core.Plans;

/// <summary>What an attempt is about: a task's own work, or a check of what that work came to.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<TaskStage>))]
public enum TaskStage
{
    /// <summary>The task itself.</summary>
    Work,

    /// <summary>A program decides whether the result passes.</summary>
    Gate,

    /// <summary>Another agent reads the result and accepts or rejects it.</summary>
    Review,
}

/// <summary>Names a check of one attempt of a task where documents and messages have a task's id: <c>Task-1~review-2</c> is the review of attempt 2 of Task-1.</summary>
/// <remarks>No task can have such an id: <see cref="PlanLimits.IdPattern"/> has no <c>~</c>.</remarks>
/// <param name="Task">The task's id.</param>
/// <param name="Stage">Which check; never <see cref="TaskStage.Work"/>.</param>
/// <param name="Attempt">The attempt of the task whose result is checked, from 1.</param>
public sealed record StageName(string Task, TaskStage Stage, int Attempt)
{
    private const char Mark = '~';

    /// <summary>The word for a stage, in names and for people.</summary>
    public static string WordOf(TaskStage stage) => stage switch
    {
        TaskStage.Gate => "gate",
        TaskStage.Review => "review",
        _ => "work",
    };

    /// <summary>Takes a name apart.</summary>
    /// <returns><see langword="null"/>: it names no check. It may be a task's id, or nothing at all.</returns>
    public static StageName? Parse(string name)
    {
        var mark = name.IndexOf(Mark, StringComparison.Ordinal);
        if (mark < 0 || !PlanLimits.IsId(name[..mark]))
            return null;
        var rest = name[(mark + 1)..];
        TaskStage? stage = rest.StartsWith("gate-", StringComparison.Ordinal) ? TaskStage.Gate
            : rest.StartsWith("review-", StringComparison.Ordinal) ? TaskStage.Review
            : null;
        if (stage is not { } known || !int.TryParse(rest.AsSpan(rest.IndexOf('-', StringComparison.Ordinal) + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var attempt))
            return null;
        var found = new StageName(name[..mark], known, attempt);
        return attempt > 0 && found.ToString() == name ? found : null; // one name for each: no leading zeros
    }

    /// <summary>Whether a text has the form of a task's id or of a check's name.</summary>
    public static bool IsIdOrStage(string text) => PlanLimits.IsId(text) || Parse(text) is not null;

    /// <summary>The name.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Task}{Mark}{WordOf(Stage)}-{Attempt}");
}
