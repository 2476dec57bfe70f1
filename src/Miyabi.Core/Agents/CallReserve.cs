namespace Miyabi.Core.Agents;

/// <summary>What one attempt may use up at most: set aside from a run's budget before it starts, and given back for what it did use up after.</summary>
/// <param name="Tokens">Input and output tokens together, 0 or more.</param>
/// <param name="CostUsd">In US dollars, 0 or more; <see langword="null"/>: nobody can say, because the model has no price.</param>
public sealed record CallReserve(long Tokens, decimal? CostUsd)
{
    /// <summary>Nothing: an agent that costs nothing.</summary>
    public static CallReserve None { get; } = new(0, 0m);

    /// <summary>Whether a call is paid for: then it is not made twice because nobody knows what came of it.</summary>
    internal bool IsPaid => this != None;

    /// <summary>What has to be said of a call of which nobody knows what it used up.</summary>
    internal AgentUsage Unknown => AgentUsage.None with { Incomplete = IsPaid };
}
