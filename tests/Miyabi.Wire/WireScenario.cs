namespace Miyabi.Wire;

/// <summary>How a provider of models behaves in one call.</summary>
public enum WireScenario
{
    /// <summary>A whole answer that is what was asked for; over Anthropic's API in a stream.</summary>
    Success,

    /// <summary>It begins, and does not come to an end before the caller hangs up.</summary>
    Slow,

    /// <summary>401; the error's message shows the key.</summary>
    Unauthorized,

    /// <summary>404: no such model.</summary>
    NotFound,

    /// <summary>429 that says when to come back: in 7 s.</summary>
    RateLimitedFor7s,

    /// <summary>429 that does not say.</summary>
    RateLimited,

    /// <summary>429 that asks for an hour.</summary>
    RateLimitedForAnHour,

    /// <summary>The account's money is gone; over OpenAI's API a 429 that no waiting cures.</summary>
    QuotaExhausted,

    /// <summary>500.</summary>
    ServerError,

    /// <summary>529.</summary>
    Overloaded,

    /// <summary>503 with a page of HTML, as of a gateway.</summary>
    GatewayAway,

    /// <summary>An answer that has begun well ends in the error that the API is overloaded.</summary>
    OverloadedMidway,

    /// <summary>A stream that begins, and ends, with the error that the API is overloaded.</summary>
    OverloadedAtOnce,

    /// <summary>The connection is dropped without a word.</summary>
    Dropped,

    /// <summary>The connection is dropped in the middle of the body.</summary>
    DroppedMidway,

    /// <summary>The body ends in the middle, as if that were its end.</summary>
    Cut,

    /// <summary>200 with a page of HTML.</summary>
    Garbage,

    /// <summary>A redirect to elsewhere, which a client must not follow with its key.</summary>
    Redirect,

    /// <summary>The model refuses.</summary>
    Refusal,

    /// <summary>The provider's filter stops the answer.</summary>
    Filtered,

    /// <summary>400: the prompt does not fit.</summary>
    ContextTooLong,

    /// <summary>Another 400.</summary>
    BadRequest,

    /// <summary>The answer reached the most tokens that it may have: half of the text is there, and the provider says so.</summary>
    MaxTokens,

    /// <summary>The provider says that the answer is whole, and there is nothing in it.</summary>
    Empty,

    /// <summary>The answer is whole, and no JSON.</summary>
    NoJson,

    /// <summary>The answer is whole, and not of the form that was asked for.</summary>
    SchemaNotMet,

    /// <summary>A status that nobody knows.</summary>
    UnknownStatus,

    /// <summary>Text without end.</summary>
    HugeOutput,
}
