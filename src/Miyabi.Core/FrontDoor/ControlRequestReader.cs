using System.Collections.Immutable;
using System.Text.Json;
using Miyabi.Core.Json;
using Miyabi.Core.Plans;

namespace Miyabi.Core.FrontDoor;

/// <summary>What somebody says who decides about a run.</summary>
/// <param name="Reason">Why; may be empty.</param>
/// <param name="Task">Of which task; <see langword="null"/>: of none.</param>
/// <param name="Budget">The new budget; <see langword="null"/>: as before.</param>
/// <param name="Errors">What is wrong, in the order of the text.</param>
public sealed record ControlRequest(string Reason, string? Task, Budget? Budget, ImmutableArray<PlanError> Errors);

/// <summary>Reads it: <c>{ "reason": "...", "task": "...", "budget": { "maxCostUsd": 5, "maxTokens": 100000, "maxTime": "PT2H" } }</c>, or nothing at all.</summary>
public static class ControlRequestReader
{
    /// <summary>The longest text: 64 KiB.</summary>
    public const int MaxBytes = 64 * 1024;

    /// <summary>Reads it from its UTF-8 bytes. Never throws for any content.</summary>
    /// <param name="utf8">The text; empty: nothing is said.</param>
    /// <param name="fields">What may be said: some of <c>reason</c>, <c>task</c>, <c>budget</c>.</param>
    public static ControlRequest Read(ReadOnlyMemory<byte> utf8, params string[] fields)
    {
        if (utf8.IsEmpty)
            return new ControlRequest("", null, null, []);
        var log = new PlanErrorLog();
        var (root, errors) = JsonTreeReader.Read(utf8.Span);
        log.AddRange(errors);
        var given = PlanFields.Of(root, log, fields);
        var reason = given?.Text("reason", 0, RunControls.MaxReason);
        var task = given?.Find("task") is { } named ? PlanIds.Read(named, log) : null;
        Budget? budget = null;
        if (PlanFields.Of(given?.Find("budget"), log, "maxCostUsd", "maxTokens", "maxTime") is { } amounts)
        {
            budget = PlanFileReader.BudgetOf(amounts);
            if (amounts.Node.Children.Count == 0)
                log.Add("missingField", amounts.Node, "This budget is empty.", "Give \"maxCostUsd\", \"maxTokens\" or \"maxTime\", or several.");
        }

        return new ControlRequest(reason ?? "", task, budget, log.ToErrors(utf8.Span));
    }
}
