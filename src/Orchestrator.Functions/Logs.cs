using Microsoft.Extensions.Logging;

namespace Orchestrator.Functions;

/// <summary>What the app logs, by event id: 1000 to 1099, listed in docs/telemetry.md. An id keeps its meaning for good; one that is given up is not used again.</summary>
/// <remarks>Ids, numbers and kinds only. Never a prompt, an output, a reason, what an agent says, a path or a secret.</remarks>
internal static partial class Logs
{
    [LoggerMessage(1000, LogLevel.Information, "Miyabi {Version} has started: store {Store}, key {KeyId}, function timeout {FunctionTimeout}, providers {Providers}, Easy Auth {EasyAuth}, telemetry to {Telemetry}.")]
    internal static partial void AppStarted(ILogger logger, string? version, string store, string keyId, string functionTimeout, string providers, bool easyAuth, string telemetry);

    [LoggerMessage(1010, LogLevel.Information, "Run {Run} has taken its first step, as owner {Owner}.")]
    internal static partial void RunBegan(ILogger logger, string run, int owner);

    [LoggerMessage(1011, LogLevel.Information, "Run {Run} is taken up again at step {Step}, as owner {Owner}.")]
    internal static partial void RunReopened(ILogger logger, string run, int step, int owner);

    [LoggerMessage(1012, LogLevel.Information, "Run {Run} has ended at step {Step}: {Outcome}.")]
    internal static partial void RunEnded(ILogger logger, string run, int step, string outcome);

    [LoggerMessage(1020, LogLevel.Information, "Run {Run} has taken control {Number} at step {Step}: {Kind}, task {Task}.")]
    internal static partial void ControlTaken(ILogger logger, string run, int step, int number, string kind, string? task);

    [LoggerMessage(1021, LogLevel.Information, "Run {Run} asks a person about task {Task} at step {Step}.")]
    internal static partial void PersonAsked(ILogger logger, string run, int step, string task);

    [LoggerMessage(1022, LogLevel.Warning, "Run {Run} has used up its budget at step {Step}; it waits for a new one.")]
    internal static partial void BudgetReached(ILogger logger, string run, int step);

    [LoggerMessage(1030, LogLevel.Warning, "Attempt {Attempt} of task {Task} in run {Run} has failed: {FailureKind}.")]
    internal static partial void AttemptFailed(ILogger logger, string run, string task, int attempt, string failureKind);

    [LoggerMessage(1031, LogLevel.Warning, "Task {Task} of run {Run} has failed for good at step {Step}.")]
    internal static partial void TaskFailed(ILogger logger, string run, int step, string task);

    [LoggerMessage(1032, LogLevel.Error, "A document of attempt {Attempt} of task {Task} in run {Run} did not stand up to verification, and was put aside.")]
    internal static partial void DocumentPutAside(ILogger logger, string run, string task, int attempt);

    [LoggerMessage(1040, LogLevel.Information, "The sweep has looked at {Looked} runs: {Started} instances were started, {Woken} woken; {Waiting} wait, {Failed} could not be looked at.")]
    internal static partial void SweepEnded(ILogger logger, int looked, int started, int woken, int waiting, int failed);
}
