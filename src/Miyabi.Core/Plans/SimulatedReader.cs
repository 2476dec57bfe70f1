using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using Miyabi.Core.Agents;
using Miyabi.Core.Json;

namespace Miyabi.Core.Plans;

/// <summary>Reads the <c>simulated</c> of a task.</summary>
internal sealed class SimulatedReader(PlanErrorLog log, ReadOnlyMemory<byte> file)
{
    public SimulatedSettings? Read(JsonTree? node, ImmutableArray<string> writes)
    {
        if (PlanFields.Of(node, log, "work", "files", "faults", "output", "tokens", "costUsd") is not { } fields)
            return null;
        var usual = new SimulatedSettings();
        return usual with
        {
            Work = fields.Duration("work", TimeSpan.Zero, PlanLimits.MaxTime) ?? usual.Work,
            Files = Files(fields, writes),
            Faults =
            [
                .. fields.Items("faults", 0, PlanLimits.MaxAttempts)
                    .Select(item => PlanFields.Choice(item, log, PlanWords.Faults) ?? SimulatedFault.None),
            ],
            Output = fields.Find("output") is { } output ? Encoding.UTF8.GetString(output.Raw(file).Span) : null,
            Tokens = fields.Integer("tokens", 0, PlanLimits.MaxTokens) ?? usual.Tokens,
            CostUsd = fields.Amount("costUsd", 0, PlanLimits.MaxCostUsd) ?? usual.CostUsd,
        };
    }

    private ImmutableArray<string> Files(PlanFields fields, ImmutableArray<string> writes)
    {
        var paths = new HashSet<string>();
        var items = fields.Items("files", 0, AgentLimits.MaxFiles);
        foreach (var item in items)
        {
            if (!PlanFields.Is(item, JsonValueKind.String, log))
                continue;
            if (ArtifactPath.WhyUnsafe(item.Text) is { } why)
                log.Add(
                    "unsafePath", item, $"'{JsonTree.Shown(item.Text)}' is no path for a file: {why}.",
                    "Write a relative path, e.g. \"core/a.cs\".");
            else if (!writes.Any(glob => PathGlob.IsMatch(glob, item.Text)))
                log.Add(
                    "notWritable", item, $"The task may not write '{JsonTree.Shown(item.Text)}'.",
                    "Add a glob that matches it to the task's 'writes'.");
            else if (!paths.Add(item.Text))
                log.Add("duplicateEntry", item, $"'{JsonTree.Shown(item.Text)}' is here twice.", "Keep one of them.");
        }

        return [.. items.Select(item => item.Text)];
    }
}
