using Miyabi.Core.Agents;

namespace Miyabi.Agents.Models;

/// <summary>One call of a model: what it is asked, and what of it is used up so far.</summary>
/// <param name="terms">Which model is asked, and how much it may answer.</param>
/// <param name="prompt">What is asked.</param>
/// <param name="schema">The form of the answer.</param>
/// <param name="onBegin">Called when the answer has begun, by clients that hear of that.</param>
internal sealed class ModelCall(ModelTerms terms, ModelPrompt prompt, AnswerSchema schema, Action onBegin)
{
    private TokenUsage earlier;
    private bool wasTold = true;

    public ModelTerms Terms => terms;

    public ModelPrompt Prompt => prompt;

    public AnswerSchema Schema => schema;

    /// <summary>Told by the client as soon as the provider tells it, so that it is known also when the call is broken off.</summary>
    public TokenUsage Usage { get; set; }

    /// <summary><see cref="Usage"/> is all of it: set by the client when the provider has said so, or has turned the call away.</summary>
    public bool IsTold { get; set; } = true;

    /// <summary>What the call was let in by, told by the client with the answer: it must not stand in it. A secret.</summary>
    public string? Secret { get; set; }

    /// <summary>What the call and those before it, which were turned away, have used up.</summary>
    public TokenUsage Total => earlier + Usage;

    /// <summary>Whether <see cref="Total"/> is all of it.</summary>
    public bool IsTotalTold => wasTold && IsTold;

    /// <summary>It is made now, the first time or again: what was used up stays so.</summary>
    public void Begin() => (earlier, wasTold, Usage, IsTold) = (Total, IsTotalTold, default, false);

    /// <summary>The answer has begun.</summary>
    public void Begins() => onBegin();
}

/// <summary>A provider's API, of which one model is called. Made once, serves many calls at once.</summary>
internal interface IModelClient
{
    /// <summary>Asks, and waits for the whole answer. Does not try again.</summary>
    /// <returns>The text of an answer that the provider says is complete; not empty.</returns>
    /// <exception cref="ModelCallException">There is none.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was set; the call is ended.</exception>
    Task<string> CallAsync(ModelCall call, CancellationToken cancellationToken);

    /// <summary>Asks whether a model is there for this key: a question that costs nothing.</summary>
    /// <exception cref="ModelCallException">It is not, or the API does not answer.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was set.</exception>
    Task LookAsync(string model, CancellationToken cancellationToken);
}
