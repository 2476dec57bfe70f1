namespace Miyabi.Cli;

/// <summary>What the command's exit code says; documented in README.md.</summary>
internal static class ExitCode
{
    /// <summary>All went well.</summary>
    internal const int Success = 0;

    /// <summary>Tasks failed or were skipped, the run was cancelled or waits for a person, or a verification failed.</summary>
    internal const int Failed = 1;

    /// <summary>The command line or the plan is wrong; nothing was written.</summary>
    internal const int Usage = 2;

    /// <summary>The store or something else that is needed cannot be reached or used right now.</summary>
    internal const int Environment = 3;

    /// <summary>Interrupted; the run can be resumed.</summary>
    internal const int Interrupted = 130;
}

/// <summary>The command line asks for what cannot be. Each line says what is wrong and what to do.</summary>
internal sealed class UsageException(params IEnumerable<string> problems) : Exception(string.Join('\n', problems));
