using System.CommandLine;
using System.Globalization;
using Miyabi.Core.Plans;

namespace Miyabi.Cli.Commands;

/// <summary>The options that say what a run may use up from now on.</summary>
internal static class BudgetOptionSet
{
    internal static readonly Option<string?> Cost = new("--max-cost-usd", "--budget") { Description = "What the run may cost in all, in US dollars", HelpName = "N" };
    internal static readonly Option<string?> Tokens = new("--max-tokens") { Description = "How many tokens the run may use in all", HelpName = "N" };
    internal static readonly Option<string?> Time = new("--max-time") { Description = "How long the run may take in all, from its first step: PT90M, P2D", HelpName = "DURATION" };

    /// <summary>What was given; <see langword="null"/>: nothing.</summary>
    /// <exception cref="UsageException">Something of it is no such amount.</exception>
    internal static Budget? Of(ParseResult parsed)
    {
        var budget = new Budget(
            Amount<decimal>(parsed, Cost, text => decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value) && value > 0 ? value : null),
            Amount<long>(parsed, Tokens, text => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value > 0 ? value : null))
        {
            MaxTime = Amount<TimeSpan>(
                parsed, Time, text => Iso8601Duration.TryParse(text, out var value) && value >= TimeSpan.FromSeconds(1) && value <= PlanLimits.MaxRunTime ? value : null,
                "give an ISO 8601 duration of 1 second to 365 days, e.g. PT90M"),
        };
        return budget is { MaxCostUsd: null, MaxTokens: null, MaxTime: null } ? null : budget;
    }

    private static T? Amount<T>(ParseResult parsed, Option<string?> option, Func<string, T?> parse, string cure = "give a number more than 0")
        where T : struct =>
        parsed.GetValue(option) is not { } given ? null : parse(given) ?? throw new UsageException($"{option.Name} {given}: {cure}.");
}
