using System.Runtime.InteropServices;
using Miyabi.Core.Agents;

namespace Miyabi.Agents.Models;

/// <summary>Tokens as a provider bills them: each kind apart, so that their sum is what was used.</summary>
/// <param name="Input">Of the instruction, at the full price.</param>
/// <param name="CachedInput">Of the instruction, from the provider's cache.</param>
/// <param name="CacheWrite">Of the instruction, put into the provider's cache.</param>
/// <param name="Output">Of the answer.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct TokenUsage(long Input, long CachedInput, long CacheWrite, long Output)
{
    public long Total => Input + CachedInput + CacheWrite + Output;

    /// <summary>Whether it can be all that a whole answer took: that takes something of each. A provider that says less has not told.</summary>
    public bool IsOfAnAnswer => Total > Output && Output > 0;

    public static TokenUsage operator +(TokenUsage one, TokenUsage other) => new(
        one.Input + other.Input, one.CachedInput + other.CachedInput, one.CacheWrite + other.CacheWrite, one.Output + other.Output);

    /// <summary>A provider's figures. What is negative or absurd is no figure: sums must not fall or overflow.</summary>
    public static TokenUsage Of(long input, long cachedInput, long cacheWrite, long output) => new(Sane(input), Sane(cachedInput), Sane(cacheWrite), Sane(output));

    /// <summary>What the attempt has used up, at a price.</summary>
    /// <param name="price">The price; <see langword="null"/>: not known.</param>
    /// <param name="isComplete">Whether the provider has said all of it.</param>
    public AgentUsage At(ModelPrice? price, bool isComplete) => Total == 0 && isComplete
        ? AgentUsage.None
        : new AgentUsage(Input + CachedInput + CacheWrite, Output, price?.Of(this) ?? 0m) { Unpriced = price is null, Incomplete = !isComplete };

    private static long Sane(long tokens) => Math.Clamp(tokens, 0, Core.Plans.PlanLimits.MaxTokens);
}
