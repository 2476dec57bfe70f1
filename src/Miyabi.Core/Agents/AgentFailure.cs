using System.Text.Json.Serialization;
using Miyabi.Core.Ledger;

namespace Miyabi.Core.Agents;

/// <summary>Why an attempt failed: data, so that one policy decides on retries.</summary>
/// <param name="Kind">What kind of failure.</param>
/// <param name="Message">For people: what happened. At most 4,000 characters are kept.</param>
public sealed record AgentFailure(FailureKind Kind, string Message)
{
    /// <summary>The provider asks to wait at least this long.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>How a child process ended; <see langword="null"/> where there was none.</summary>
    public int? ExitCode { get; init; }

    /// <summary>The end of what a child process wrote to standard error, at most 64 KiB; untrusted text.</summary>
    public string? ErrorTail { get; init; }

    /// <summary>Of a gate that did not pass: the end of what it wrote to standard output, where test runners say what is wrong; at most 64 KiB, untrusted text.</summary>
    public string? OutputTail { get; init; }
}

/// <summary>The kinds of failure. Whether trying again can help is <see cref="FailureKinds.IsRetryable"/>.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<FailureKind>))]
public enum FailureKind
{
    /// <summary>The work was done and came to nothing: a program's exit code, a failed check.</summary>
    Failed,

    /// <summary>Too many calls; try again later.</summary>
    RateLimited,

    /// <summary>The provider is overloaded; try again later.</summary>
    Overloaded,

    /// <summary>The account's quota is used up.</summary>
    QuotaExhausted,

    /// <summary>The key is missing or wrong.</summary>
    Unauthorized,

    /// <summary>The model refused.</summary>
    Refused,

    /// <summary>The instruction does not fit the model.</summary>
    ContextTooLong,

    /// <summary>The output is not what the task asked for: no JSON, against its schema, files outside <c>writes</c>.</summary>
    InvalidOutput,

    /// <summary>The task's timeout was over.</summary>
    TimedOut,

    /// <summary>The run was cancelled.</summary>
    Cancelled,

    /// <summary>The provider, the program or the network was not there.</summary>
    Unavailable,

    /// <summary>The result document did not stand up to verification.</summary>
    Rejected,

    /// <summary>The agent itself broke: a bug, told with its message.</summary>
    Crashed,

    /// <summary>What another task put out, and this one needs, is not what was accepted any more: that task is to be carried out again.</summary>
    InputRejected,

    /// <summary>
    /// Its worker ended during a call that is paid for, and nobody knows what came of it. The call is not made again under the same attempt. It counts against no retry
    /// policy, up to <see cref="FailureKinds.MostInterruptions"/> times until the work or the check has come to something.
    /// </summary>
    Interrupted,
}

/// <summary>What follows from a kind of failure.</summary>
public static class FailureKinds
{
    /// <summary>So many interruptions of what a task needs next say nothing of it; whatever ends its worker more often than that may be the cause.</summary>
    public const int MostInterruptions = 5;

    /// <summary>Whether another attempt can help. One table for the whole product.</summary>
    public static bool IsRetryable(this FailureKind kind) => kind switch
    {
        FailureKind.QuotaExhausted or FailureKind.Unauthorized or FailureKind.Refused
            or FailureKind.ContextTooLong or FailureKind.Cancelled or FailureKind.InputRejected => false,
        _ => true,
    };
}
