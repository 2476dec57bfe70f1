using System.Collections.Immutable;
using System.Text.Json;
using Miyabi.Core.Agents;
using Miyabi.Core.Json;
using Miyabi.Core.Ledger;
using Miyabi.Core.Plans;
using Miyabi.Core.Schemas;

namespace Miyabi.Core.Activities;

/// <summary>Holds an agent's result against what its task allows. The agent's word that it succeeded counts for nothing.</summary>
public static class ResultCheck
{
    /// <summary>What is wrong with a result that claims success; <see langword="null"/>: nothing.</summary>
    /// <param name="task">The task.</param>
    /// <param name="result">The result.</param>
    /// <param name="clock">Bounds the time that a schema's patterns take.</param>
    public static AgentFailure? WhatIsWrong(PlanTask task, AgentResult result, TimeProvider clock)
    {
        var why = Output(task, result.Output, clock) ?? Files(task, result.Files);
        return why is null ? null : new AgentFailure(FailureKind.InvalidOutput, why);
    }

    private static string? Output(PlanTask task, JsonElement output, TimeProvider clock)
    {
        if (output.ValueKind == JsonValueKind.Undefined)
            return "The agent put nothing out.";
        try
        {
            // As it will stand in the ledger: text that is not Unicode must fail here, not there.
            var bytes = JsonSerializer.SerializeToUtf8Bytes(output, Compact.Json.JsonElement);
            if (bytes.Length > AgentLimits.MaxOutputBytes)
                return $"The output has {bytes.Length} bytes; {AgentLimits.MaxOutputBytes} are allowed.";
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException or JsonException)
        {
            return "The output holds text that is not Unicode, or is nested too deep.";
        }

        if (task.OutputSchema is not { } text)
            return null;
        using var schema = JsonDocument.Parse(text);
        var violations = OutputSchema.Read(schema.RootElement).Schema!.Validate(output, clock);
        return violations.IsEmpty
            ? null
            : $"The output breaks the task's schema: {string.Join("; ", violations.Take(5).Select(violation => $"{violation.Path}: {violation.Message}"))}";
    }

    private static string? Files(PlanTask task, ImmutableArray<AgentFile> files)
    {
        if (files.Length > AgentLimits.MaxFiles)
            return $"The agent produced {files.Length} files; {AgentLimits.MaxFiles} are allowed.";
        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        var total = 0L;
        foreach (var file in files)
        {
            var name = Shown(file.Path);
            if (ArtifactPath.WhyUnsafe(file.Path) is { } unsafePath)
                return $"The file {name} cannot be kept: {unsafePath}";
            if (!task.Writes.Any(glob => PathGlob.IsMatch(glob, file.Path)))
                return $"The file {name} is not among what the task may write ({string.Join(", ", task.Writes)}).";
            if (!seen.Add(file.Path))
                return $"The file {name} was produced twice, at least by some systems' rules for names.";
            if (file.Content.Length > AgentLimits.MaxFileBytes)
                return $"The file {name} has {file.Content.Length} bytes; {AgentLimits.MaxFileBytes} are allowed.";
            total += file.Content.Length;
        }

        // Where files are laid out, one of the two could not be: nothing that needs these would work, and nobody would know why.
        if (files.FirstOrDefault(file => Folders(file.Path).Any(seen.Contains)) is { } within)
            return $"The file {Shown(within.Path)} lies in a folder whose name another file of this attempt has, at least by some systems' rules for names.";
        return total > AgentLimits.MaxTotalFileBytes ? $"The files have {total} bytes; {AgentLimits.MaxTotalFileBytes} are allowed." : null;
    }

    private static IEnumerable<string> Folders(string path)
    {
        for (var slash = path.IndexOf('/', StringComparison.Ordinal); slash >= 0; slash = path.IndexOf('/', slash + 1))
            yield return path[..slash];
    }

    // Paths come from agents: nothing in them may reach a terminal or a log as it is.
    private static string Shown(string path) => $"'{JsonTree.Shown(path)}'";
}
