using Microsoft.Extensions.Logging;

namespace Agents.Functions;

/// <summary>What activities log, by event id: 1100 to 1199, listed in docs/telemetry.md. An id keeps its meaning for good; one that is given up is not used again.</summary>
/// <remarks>Ids and kinds only: the message of an exception may have anything in it.</remarks>
internal static partial class Logs
{
    [LoggerMessage(1100, LogLevel.Warning, "{Activity} of run {Run} did not come to its end, and is tried again: {Kind}.")]
    internal static partial void ActivityFailed(ILogger logger, string activity, string run, string kind);

    [LoggerMessage(1101, LogLevel.Error, "{Activity} of run {Run} cannot be carried out, and the run cannot go on: {Kind}. 'miyabi verify' says what is wrong.")]
    internal static partial void ActivityFaulted(ILogger logger, string activity, string run, string kind);

    [LoggerMessage(1102, LogLevel.Information, "{Activity} of run {Run} was stopped: a newer owner has taken the run over.")]
    internal static partial void ActivitySuperseded(ILogger logger, string activity, string run);

    [LoggerMessage(1110, LogLevel.Error, "The store is away: {Fault}. Activities are tried again until it is back.")]
    internal static partial void StoreAway(ILogger logger, string fault);

    [LoggerMessage(1111, LogLevel.Information, "The store is back after {Seconds:0} s.")]
    internal static partial void StoreBack(ILogger logger, double seconds);

    [LoggerMessage(1120, LogLevel.Information, "An engine carries run {Run} on from step {Step}, as owner {Owner}.")]
    internal static partial void RunOpened(ILogger logger, string run, int step, int owner);

    [LoggerMessage(1121, LogLevel.Information, "Owner {Owner} leaves run {Run} to a newer one at step {Step}.")]
    internal static partial void RunLeft(ILogger logger, string run, int step, int owner);
}
