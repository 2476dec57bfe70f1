using System.Text.Json;
using Miyabi.Core.Agents;
using Miyabi.Core.Json;

namespace Miyabi.Core.Plans;

/// <summary>Ids of a plan: each becomes part of a file's name.</summary>
internal static class PlanIds
{
    /// <summary>The id that a value is, if it can be one.</summary>
    public static string? Read(JsonTree? value, PlanErrorLog log) =>
        value is not null && PlanFields.Is(value, JsonValueKind.String, log) && Check(value.Text, value, log) ? value.Text : null;

    /// <summary>The id that a member's name is, if it can be one.</summary>
    public static string? ReadName(JsonTree member, PlanErrorLog log) =>
        Check(member.Name!, member, log, atName: true) ? member.Name : null;

    /// <summary>The model's id that a value is, if it can be one.</summary>
    public static string? ReadModel(JsonTree? value, PlanErrorLog log)
    {
        if (value is null || !PlanFields.Is(value, JsonValueKind.String, log))
            return null;
        if (PlanLimits.IsModel(value.Text))
            return value.Text;
        log.Add("invalidModel", value, $"'{JsonTree.Shown(value.Text)}' is no id of a model.", $"Use 1 to {PlanLimits.MaxModelCharacters} visible ASCII characters, e.g. \"claude-sonnet-4-6\".");
        return null;
    }

    /// <summary>Reports ids that are there twice, ignoring case: on some systems they would be one file.</summary>
    public static void CheckUnique(IEnumerable<(string Id, JsonTree Place)> ids, PlanErrorLog log)
    {
        var first = new Dictionary<string, (string Id, JsonTree Place)>(StringComparer.OrdinalIgnoreCase);
        foreach (var (id, place) in ids)
        {
            if (first.TryAdd(id, (id, place)))
                continue;
            var (other, where) = first[id];
            var difference = other == id ? "" : " (their case is all that differs)";
            log.Add(
                "duplicateId", place, $"'{id}' is the id at {where.Path} already{difference}.",
                "Give each its own id.", atName: place.Name == id);
        }
    }

    private static bool Check(string id, JsonTree place, PlanErrorLog log, bool atName = false)
    {
        if (!PlanLimits.IsId(id))
        {
            log.Add(
                "invalidId", place, $"'{JsonTree.Shown(id)}' is no id.",
                "Use 1 to 64 letters, digits, '.', '_' and '-', beginning with a letter or a digit.", atName);
            return false;
        }

        if (!ArtifactPath.IsReservedName(id))
            return true;
        log.Add("reservedName", place, $"'{id}' is no file name on some systems.", "Choose another id; it must not end in a dot.", atName);
        return false;
    }
}
