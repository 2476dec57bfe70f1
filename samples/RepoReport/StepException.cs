namespace Miyabi.Samples.RepoReport;

/// <summary>A step cannot do its work. The message says to a person what is wrong and what to do; it goes to standard error as it
/// is.</summary>
public sealed class StepException : Exception
{
    /// <summary>The process's exit code: 1 the work failed, 2 wrong arguments.</summary>
    public int ExitCode { get; } = 1;

    /// <summary>A failure without a message of its own.</summary>
    public StepException()
    {
    }

    /// <summary>The work failed.</summary>
    public StepException(string message) : base(message)
    {
    }

    /// <summary>The work failed because of another failure.</summary>
    public StepException(string message, Exception innerException) : base(message, innerException)
    {
    }

    /// <summary>A failure with an exit code.</summary>
    public StepException(string message, int exitCode) : base(message) => ExitCode = exitCode;
}
