namespace Agents.Functions;

/// <summary>How long a function may take before the host ends it: by ending the worker's process, and all that other functions do in it.</summary>
/// <param name="functionTimeout">The host's <c>functionTimeout</c>; <see langword="null"/>: it has none.</param>
public sealed class FunctionLimits(TimeSpan? functionTimeout)
{
    /// <summary>Left of the function's time when an agent is cancelled: it ends within 5 s, and what it did is written down.</summary>
    public static readonly TimeSpan Margin = TimeSpan.FromMinutes(1);

    // Left when whatever a function does is given up: who waits for another worker's attempt may come to the limit without any work of its own.
    private static readonly TimeSpan LastMargin = TimeSpan.FromSeconds(10);

    /// <summary>The longest timeout that a task can have here; <see langword="null"/>: any.</summary>
    public TimeSpan? LongestTask => functionTimeout - Margin;

    /// <summary>Set when a function that begins now must end, or the given token is set.</summary>
    public CancellationTokenSource Begin(CancellationToken cancellationToken)
    {
        var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        if (functionTimeout is { } all)
            limit.CancelAfter(all - LastMargin);
        return limit;
    }
}
