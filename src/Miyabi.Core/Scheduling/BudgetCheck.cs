using System.Globalization;
using Miyabi.Core.Agents;
using Miyabi.Core.Plans;

namespace Miyabi.Core.Scheduling;

/// <summary>Whether a budget lets anything start: what was used up, what attempts at work may still use up, and what the next one may.</summary>
internal static class BudgetCheck
{
    /// <summary>Why nothing may start any more, whatever it takes; <see langword="null"/>: something that takes nothing still might.</summary>
    internal static string? WhyUsedUp(SchedulerState state, DateTimeOffset now) => state.Budget switch
    {
        { MaxCostUsd: { } cost } when Cost(state) >= cost => Text($"{CostText(state)} of {cost} US dollars are used."),
        { MaxTokens: { } most } when Tokens(state) >= most => Text($"{TokensText(state)} of {most} tokens are used."),
        { MaxTime: { } time } when state.StartedAt is { } start && now - start >= time => Text($"{Iso8601Duration.ToText(time)} are over, counted from {start.UtcDateTime:yyyy-MM-dd HH:mm:ss}Z."),
        _ => null,
    };

    /// <summary>Why an attempt may not start beside those at work; <see langword="null"/>: it may.</summary>
    internal static string? WhyTooMuch(SchedulerState state, string agent, CallReserve reserve) => state.Budget switch // short: it stands at a line's end
    {
        { MaxCostUsd: { } cost } when Cost(state) + state.ReservedUsd + (reserve.CostUsd ?? 0) > cost =>
            Text($"{CostText(state)} of {cost} US$ used, {agent} may take {reserve.CostUsd}"),
        { MaxTokens: { } most } when Tokens(state) + state.ReservedTokens + reserve.Tokens > most =>
            Text($"{TokensText(state)} of {most} tokens used, {agent} may take {reserve.Tokens}"),
        _ => null,
    };

    /// <summary>US dollars that have to be counted as used.</summary>
    internal static decimal Cost(SchedulerState state) => state.Usage.CostUsd + state.UnsettledUsd;

    /// <summary>Tokens that have to be counted as used.</summary>
    internal static long Tokens(SchedulerState state) => state.Usage.InputTokens + state.Usage.OutputTokens + state.UnsettledTokens;

    private static string CostText(SchedulerState state) => state.UnsettledUsd > 0 ? Text($"Up to {Cost(state)}") : Text($"{Cost(state)}");

    private static string TokensText(SchedulerState state) => state.UnsettledTokens > 0 ? Text($"Up to {Tokens(state)}") : Text($"{Tokens(state)}");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
