using System.Text.RegularExpressions;

namespace Miyabi.Core.Plans;

/// <summary>Finds tasks whose results would have the same name in the ledger, ignoring case.</summary>
/// <remarks>
/// A result is <c>ID_result</c>, of a Codex agent <c>ID_codex_result</c>; of attempt n <c>ID_attempt-n_result</c> or
/// <c>ID_attempt-n_codex_result</c>.
/// Names of later attempts only meet names of first attempts: of two later ones, all before the last <c>_attempt-</c> is an id.
/// </remarks>
internal static partial class ResultNameCheck
{
    public static void Check(IReadOnlyList<TaskDraft> tasks, PlanErrorLog log)
    {
        var byId = new Dictionary<string, TaskDraft>(StringComparer.OrdinalIgnoreCase);
        var byName = new Dictionary<string, TaskDraft>(StringComparer.OrdinalIgnoreCase);
        foreach (var task in tasks.Where(task => task is { IdPlace: not null, AgentIsKnown: true }))
            byId.TryAdd(task.Task.Id, task);
        foreach (var task in byId.Values)
        {
            if (!byName.TryAdd(FirstName(task.Task), task))
                Report(task, byName[FirstName(task.Task)], log);
        }

        foreach (var task in byId.Values)
        {
            if (LaterName().Match(FirstName(task.Task)) is { Success: true } match
                && byId.TryGetValue(match.Groups["id"].Value, out var other)
                && IsCodex(other.Task) == match.Groups["codex"].Success)
                Report(task, other, log);
        }
    }

    private static bool IsCodex(PlanTask task) => task.Agent.Kind == AgentKind.Codex;

    private static string FirstName(PlanTask task) => IsCodex(task) ? $"{task.Id}_codex" : task.Id;

    private static void Report(TaskDraft task, TaskDraft other, PlanErrorLog log) => log.Add(
        "collidingNames", task.IdPlace!,
        $"A result of '{task.Task.Id}' would have the name of a result of '{other.Task.Id}' ({other.IdPlace!.Path}).",
        "Choose an id that does not end in '_codex' or '_attempt-' and a number.");

    [GeneratedRegex(@"\A(?<id>.+)_attempt-([2-9]|[1-9][0-9]+)(?<codex>_codex)?\z",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex LaterName();
}
