using Miyabi.Core.Json;

namespace Miyabi.Core.Plans;

/// <summary>Reads a plan and says everything that is wrong with it at once.</summary>
public static class PlanReader
{
    /// <summary>Reads a plan, or the reference system's <c>task_queue.json</c>, from its UTF-8 bytes.</summary>
    /// <returns>The plan, or all its errors; never throws for any content.</returns>
    /// <remarks>A byte order mark is accepted. The JSON must be strict: no comments, no trailing commas, no name twice in an object, at
    /// most 64 deep.</remarks>
    public static PlanReading Read(ReadOnlyMemory<byte> utf8)
    {
        if (utf8.Length > PlanLimits.MaxPlanBytes)
        {
            return new(null, [new(
                "tooLarge", "$", 0, 0, $"The plan has {utf8.Length:N0} bytes; {PlanLimits.MaxPlanBytes:N0} is the most.",
                "Split it into several plans, or shorten its prompts.")], default);
        }

        return ReadAccepted(utf8);
    }

    /// <summary>The same for a plan that was accepted before: in its document it is indented and escaped, and may have more bytes than as a file.</summary>
    internal static PlanReading ReadAccepted(ReadOnlyMemory<byte> utf8)
    {
        var file = utf8.Span.StartsWith("\uFEFF"u8) ? utf8[3..] : utf8;
        var log = new PlanErrorLog();
        var (root, errors) = JsonTreeReader.Read(file.Span);
        log.AddRange(errors);
        var (plan, json) = root is null ? (null, default)
            : TaskQueueImporter.IsQueue(root) ? TaskQueueImporter.Read(root, file, log)
            : (PlanFileReader.Read(root, file, log), file);
        return plan is null ? new(null, log.ToErrors(file.Span), default) : new(plan, [], json);
    }
}
