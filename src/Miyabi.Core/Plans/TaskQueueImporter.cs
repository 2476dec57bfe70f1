using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Miyabi.Core.Agents;
using Miyabi.Core.Json;

namespace Miyabi.Core.Plans;

/// <summary>Reads the reference system's <c>task_queue.json</c> by translating it to a plan.</summary>
/// <remarks>
/// The agents are those that tasks name; <c>CCG</c> at the beginning of an id means Claude, <c>CG</c> Codex; all are simulated until a
/// run says otherwise.
/// A task may write the folder of its module, unless tasks of the queue would then write the same folder at the same time: then nothing
/// is said
/// about what its tasks write. Statuses are not taken over: a new run starts from the beginning.
/// </remarks>
internal static class TaskQueueImporter
{
    private static readonly string[] RootFields = ["version", "created_at", "tasks"];
    private static readonly string[] TaskFields =
        ["task_id", "agent", "description", "dependencies", "status", "priority", "estimated_time", "module"];

    private static readonly string[] Statuses = ["PENDING", "READY", "IN_PROGRESS", "COMPLETED", "FAILED"];

    /// <summary>Whether a file has the shape of a queue: no agents of its own, and a task with a <c>task_id</c>.</summary>
    public static bool IsQueue(JsonTree root) =>
        root.Kind == JsonValueKind.Object
        && root.Find("agents") is null
        && root.Find("tasks") is { Kind: JsonValueKind.Array } tasks
        && tasks.Children.Any(task => task.Kind == JsonValueKind.Object && task.Find("task_id") is not null);

    /// <summary>The plan and its text; <see langword="null"/> with every error in the log, at its place in the queue.</summary>
    public static (Plan? Plan, ReadOnlyMemory<byte> Json) Read(JsonTree root, ReadOnlyMemory<byte> file, PlanErrorLog log)
    {
        var tasks = root.Find("tasks")!;
        if (tasks.Children.Count > PlanLimits.MaxTasks)
        {
            log.Add(
                "tooMany", tasks, $"'tasks' has {tasks.Children.Count:N0} entries; {PlanLimits.MaxTasks:N0} is the most.",
                "Split the queue.");
            return default;
        }

        WarnOfSlips(root, RootFields, log);
        foreach (var task in tasks.Children)
            CheckTask(task, log);
        if (!log.IsEmpty)
            return default;

        var (plan, json, translated) = Translate(root, file, withWrites: true);
        if (translated.Faults.Any(fault => fault.Code is "overlappingWrites" or "tooManyWrites"))
            (plan, json, translated) = Translate(root, file, withWrites: false);
        foreach (var fault in translated.Faults)
            log.Add(fault.Code, QueuePlaces.Of(fault.Place, root), fault.Message, fault.Cure);
        return (plan, json);
    }

    private static void CheckTask(JsonTree task, PlanErrorLog log)
    {
        if (!PlanFields.Is(task, JsonValueKind.Object, log))
            return;
        WarnOfSlips(task, TaskFields, log);
        foreach (var (name, example) in new[] { ("task_id", "\"Task-1\""), ("agent", "\"CCG-1\"") })
        {
            if (task.Find(name) is not { } text)
                log.Add("missingField", task, $"'{name}' is missing.", $"Add \"{name}\": {example}.");
            else
                PlanFields.Is(text, JsonValueKind.String, log);
        }

        if (task.Find("description") is { } description)
            PlanFields.Is(description, JsonValueKind.String, log);
        if (task.Find("agent") is { Kind: JsonValueKind.String } agent && KindOf(agent.Text) is null)
            log.Add(
                "unknownKind", agent, $"'{JsonTree.Shown(agent.Text)}' does not say who it is.",
                "Begin the agent's id with 'CCG' for Claude or 'CG' for Codex.");
        if (task.Find("status") is { } status && !(status.Kind == JsonValueKind.String && Statuses.Contains(status.Text)))
            log.Add("unknownValue", status, "This is no status of a task.", $"Write one of {string.Join(", ", Statuses)}.");
        if (task.Find("estimated_time") is { } time && Seconds(time) is null)
            log.Add(
                "outOfRange", time, "This is no time of a task.",
                $"Write seconds as a number from 0 to {PlanLimits.MaxTime.TotalSeconds:N0}.");
    }

    /// <summary>Fields of a queue that we don't know are ignored, but not one that looks like a slip of the pen: a lost dependency
    /// would change the run.</summary>
    private static void WarnOfSlips(JsonTree node, string[] known, PlanErrorLog log)
    {
        foreach (var child in node.Children.Where(child => !known.Contains(child.Name)))
        {
            if (NearestName.Of(child.Name!, known) is { } near && node.Find(near) is null)
                log.Add(
                    "unknownField", child, $"'{JsonTree.Shown(child.Name!)}' is not known here.",
                    $"Did you mean '{near}'?", atName: true);
        }
    }

    private static (Plan? Plan, ReadOnlyMemory<byte> Json, PlanErrorLog Log) Translate(
        JsonTree root, ReadOnlyMemory<byte> file, bool withWrites)
    {
        var log = new PlanErrorLog();
        var json = Write(root, file, withWrites);
        var (translated, errors) = JsonTreeReader.Read(json.Span);

        // What was read once is read again without errors, unless it is too large by now.
        foreach (var error in errors)
            log.Add(error.Code, root, error.Message, error.Cure);
        if (json.Length > PlanLimits.MaxPlanBytes)
            log.Add(
                "tooLarge", root, $"As a plan the queue has {json.Length:N0} bytes; {PlanLimits.MaxPlanBytes:N0} is the most.",
                "Split the queue.");
        var plan = translated is null || !log.IsEmpty ? null : PlanFileReader.Read(translated, json, log);
        return (plan, json, log);
    }

    private static ReadOnlyMemory<byte> Write(JsonTree root, ReadOnlyMemory<byte> file, bool withWrites)
    {
        var tasks = root.Find("tasks")!.Children;
        var buffer = new ArrayBufferWriter<byte>();
        var options = new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
        using var writer = new Utf8JsonWriter(buffer, options);
        writer.WriteStartObject();
        writer.WriteString("name", "task-queue");
        writer.WriteNumber("version", 1);
        writer.WriteStartArray("agents");
        foreach (var agent in tasks.Select(task => task.Find("agent")!.Text).Distinct())
        {
            writer.WriteStartObject();
            writer.WriteString("id", agent);
            writer.WriteString("kind", KindOf(agent));
            writer.WriteString("provider", "simulated");
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteStartArray("tasks");
        foreach (var task in tasks)
            WriteTask(writer, task, file, withWrites);
        writer.WriteEndArray();
        writer.WriteEndObject();
        writer.Flush();
        return buffer.WrittenMemory;
    }

    private static void WriteTask(Utf8JsonWriter writer, JsonTree task, ReadOnlyMemory<byte> file, bool withWrites)
    {
        void Copy(string name, string from)
        {
            if (task.Find(from) is not { } value)
                return;
            writer.WritePropertyName(name);
            writer.WriteRawValue(value.Raw(file).Span);
        }

        writer.WriteStartObject();
        Copy("id", "task_id");
        if (Title(task.Find("description")?.Text ?? "") is { Length: > 0 } title)
            writer.WriteString("title", title);
        Copy("agent", "agent");
        Copy("dependsOn", "dependencies");
        Copy("priority", "priority");
        Copy("prompt", "description");
        if (withWrites && task.Find("module") is { Kind: JsonValueKind.String } module && WritesOf(module.Text) is { } glob)
        {
            writer.WriteStartArray("writes");
            writer.WriteStringValue(glob);
            writer.WriteEndArray();
        }

        if (task.Find("estimated_time") is { } time && Seconds(time) is { } seconds)
        {
            var work = Iso8601Duration.ToText(seconds);
            writer.WriteString("timeout", Iso8601Duration.ToText(TimeoutFor(seconds)));
            writer.WriteString("estimate", work);
            writer.WriteStartObject("simulated");
            writer.WriteString("work", work);
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
    }

    private static string? KindOf(string agent) =>
        agent.StartsWith("CCG", StringComparison.Ordinal) ? "claude" : agent.StartsWith("CG", StringComparison.Ordinal) ? "codex" : null;

    /// <summary>Twice the time that is expected: a task of ten minutes must not fail at the usual timeout of ten minutes.</summary>
    private static TimeSpan TimeoutFor(TimeSpan estimate) =>
        TimeSpan.FromTicks(Math.Clamp(estimate.Ticks * 2, PlanLimits.DefaultTimeout.Ticks, PlanLimits.MaxTime.Ticks));

    private static TimeSpan? Seconds(JsonTree value)
    {
        if (value.Kind != JsonValueKind.Number
            || !decimal.TryParse(value.Text, NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds)
            || seconds < 0 || seconds > (decimal)PlanLimits.MaxTime.TotalSeconds)
            return null;
        return TimeSpan.FromTicks((long)(seconds * TimeSpan.TicksPerSecond));
    }

    private static string? WritesOf(string module) =>
        module.AsSpan().IndexOfAny('*', '?') < 0 && PathGlob.WhyInvalid($"{module}/**") is null ? $"{module}/**" : null;

    /// <summary>A description on one line, as much of it as a title takes.</summary>
    private static string Title(string description)
    {
        var line = string.Concat(description.Select(c => char.IsControl(c) ? ' ' : c)).Trim();
        if (line.Length <= PlanLimits.MaxTitleCharacters)
            return line;
        var length = PlanLimits.MaxTitleCharacters - 1;
        return line[..(char.IsHighSurrogate(line[length - 1]) ? length - 1 : length)] + "…";
    }
}
