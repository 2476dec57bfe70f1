using System.Text.Json;

namespace Miyabi.Samples.RepoReport.Ledger;

/// <summary>Results of earlier tasks, as the instruction on standard input has them.</summary>
/// <remarks>
/// A result is found by the <c>step</c> property of its output, not by its task's id, so that a plan may name its tasks as it likes.
/// </remarks>
internal sealed class Inputs
{
    private const int MaxInstructionBytes = 64 * 1024 * 1024;

    private readonly Dictionary<string, JsonElement> _outputs = [];
    private readonly Dictionary<string, string> _files = [];

    /// <summary>No results at all.</summary>
    public static Inputs None => new();

    /// <summary>Reads the instruction.</summary>
    /// <param name="instruction">JSON in UTF-8, at most 64 MiB.</param>
    /// <param name="workspace">What relative locations of files start from.</param>
    /// <exception cref="StepException">It is no instruction.</exception>
    public static Inputs Read(Stream instruction, string workspace)
    {
        try
        {
            using var bytes = new MemoryStream();
            var buffer = new byte[81920];
            for (int read; (read = instruction.Read(buffer)) > 0;)
            {
                if (bytes.Length + read > MaxInstructionBytes)
                    throw new StepException("the instruction on standard input is larger than 64 MiB.");
                bytes.Write(buffer, 0, read);
            }

            using var document = JsonDocument.Parse(bytes.GetBuffer().AsMemory(0, (int)bytes.Length));
            return FromInstruction(document.RootElement.Clone(), workspace);
        }
        catch (Exception problem) when (problem is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            throw new StepException(
                "standard input holds no instruction: this program is started by a plan's task, see repo-report.plan.json.", problem);
        }
    }

    /// <summary>What a step put out.</summary>
    /// <exception cref="StepException">The result is not among the inputs, or is not this step's.</exception>
    public T Output<T>(string step)
    {
        if (!_outputs.TryGetValue(step, out var output))
            throw Missing(step);
        try
        {
            return output.Deserialize<T>(Json.Options) ?? throw new JsonException();
        }
        catch (JsonException problem)
        {
            throw new StepException(
                $"the result of '{step}' is not what this version of the program writes: run that task again.", problem);
        }
    }

    /// <summary>Reads a file that a step wrote, by its path in that step's workspace.</summary>
    /// <exception cref="StepException">The file is not among the inputs, or not in its form.</exception>
    public T File<T>(string step, string path)
    {
        if (!_files.TryGetValue(path, out var location))
            throw Missing(step, $" with its file '{path}'");
        try
        {
            using var file = System.IO.File.OpenRead(location);
            return JsonSerializer.Deserialize<T>(file, Json.Options) ?? throw new JsonException();
        }
        catch (JsonException problem)
        {
            throw new StepException(
                $"the file '{path}' is not what this version of the program writes: run the task '{step}' again.", problem);
        }
    }

    private static Inputs FromInstruction(JsonElement instruction, string workspace)
    {
        var inputs = new Inputs();
        foreach (var input in instruction.GetProperty("inputs").EnumerateArray())
        {
            var output = input.GetProperty("output");
            if (output.ValueKind != JsonValueKind.Object || !output.TryGetProperty("step", out var step))
                continue;
            inputs._outputs[step.GetString() ?? ""] = output;
            if (!input.TryGetProperty("files", out var files))
                continue;
            foreach (var file in files.EnumerateArray())
                inputs._files[file.GetProperty("path").GetString()!] = Path.Combine(workspace, file.GetProperty("location").GetString()!);
        }

        return inputs;
    }

    private static StepException Missing(string step, string detail = "") =>
        new($"this step reads the result of '{step}'{detail}, which is not among the inputs: name that task in 'dependsOn'.");
}
