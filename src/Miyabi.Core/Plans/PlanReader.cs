namespace Miyabi.Core.Plans;

/// <summary>Reads a plan and says everything that is wrong with it at once.</summary>
public static class PlanReader
{
    /// <summary>Reads a plan, or the reference system's <c>task_queue.json</c>, from its UTF-8 bytes.</summary>
    /// <returns>The plan, or all its errors; never throws for any content.</returns>
    public static PlanReading Read(ReadOnlyMemory<byte> utf8) => throw new NotSupportedException("to come");
}
