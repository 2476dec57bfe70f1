namespace Miyabi.Core.Agents;

/// <summary>How a model is asked, as far as it shapes the answer: written down with the instruction before the call, and kept to by whoever makes the call.</summary>
/// <remarks>
/// With the instruction and the inputs that it names, this decides every byte that the model is told. It is part of what a task is asked for: another model, or another
/// rule, is not served this one's result.
/// </remarks>
public sealed record ModelTerms
{
    /// <summary>The model's id as its provider has it, 1 to 128 visible ASCII characters.</summary>
    public required string Name { get; init; }

    /// <summary>Tokens that the answer may have, thinking included; more than 0.</summary>
    public required int MaxOutputTokens { get; init; }

    /// <summary>The rule by which the prompt is made and what does not fit is cut, with its version, e.g. <c>equal-shares-1</c>.</summary>
    public required string Rule { get; init; }

    /// <summary>Bytes of UTF-8 that the rule may fill; more than 0.</summary>
    public required long MaxPromptBytes { get; init; }
}
