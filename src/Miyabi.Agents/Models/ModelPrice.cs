namespace Miyabi.Agents.Models;

/// <summary>What a million tokens of a model cost, in US dollars, each 0 or more.</summary>
/// <param name="Input">Of the instruction.</param>
/// <param name="CachedInput">Of the instruction, where the provider had them in its cache.</param>
/// <param name="CacheWrite">Of the instruction, where the provider put them into its cache.</param>
/// <param name="Output">Of the answer, thinking included.</param>
/// <param name="AsOf">The day that the price was looked up.</param>
public sealed record ModelPrice(decimal Input, decimal CachedInput, decimal CacheWrite, decimal Output, DateOnly AsOf)
{
    private const decimal Unit = 1_000_000m;

    /// <summary>The most that tokens cost, whatever the provider's cache does.</summary>
    internal decimal AtMost(long input, long output) => ((input * Math.Max(Input, Math.Max(CachedInput, CacheWrite))) + (output * Output)) / Unit;

    /// <summary>What tokens cost.</summary>
    internal decimal Of(TokenUsage usage) =>
        ((usage.Input * Input) + (usage.CachedInput * CachedInput) + (usage.CacheWrite * CacheWrite) + (usage.Output * Output)) / Unit;
}
