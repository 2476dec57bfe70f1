using System.Text.RegularExpressions;

namespace Miyabi.Core.Plans;

/// <summary>The limits of a plan. All are ours: each is far above what a run needs and far below what would hurt.</summary>
public static partial class PlanLimits
{
    /// <summary>Tasks in a plan.</summary>
    public const int MaxTasks = 10_000;

    /// <summary>Dependencies in a plan, all tasks together.</summary>
    public const int MaxDependencies = 100_000;

    /// <summary>Agents in a plan.</summary>
    public const int MaxAgents = 1_000;

    /// <summary>A prompt in UTF-8: 1 MiB.</summary>
    public const int MaxPromptBytes = 1024 * 1024;

    /// <summary>A plan file: 16 MiB.</summary>
    public const int MaxPlanBytes = 16 * 1024 * 1024;

    /// <summary>Activities of one run in flight, and so the largest <c>maxParallel</c>, slots and caps.</summary>
    /// <remarks>Larger fan-outs of one Durable orchestration have been seen stuck.</remarks>
    public const int MaxParallel = 200;

    /// <summary>A plan's name, in characters.</summary>
    public const int MaxNameCharacters = 100;

    /// <summary>A task's title, in characters.</summary>
    public const int MaxTitleCharacters = 200;

    /// <summary>A description, of a plan or an input, in characters.</summary>
    public const int MaxDescriptionCharacters = 10_000;

    /// <summary>The message of an approval, in characters.</summary>
    public const int MaxMessageCharacters = 1_000;

    /// <summary>Inputs in a plan.</summary>
    public const int MaxInputs = 100;

    /// <summary>Attempts of a task, all together.</summary>
    public const int MaxAttempts = 20;

    /// <summary>Rounds of a gate or a review: results that it may reject.</summary>
    public const int MaxRounds = 10;

    /// <summary>Priorities lie between this and its negative.</summary>
    public const int MaxPriority = 1_000;

    /// <summary>Globs of one task.</summary>
    public const int MaxWrites = 1_000;

    /// <summary>Arguments of a program, <c>run</c> and <c>arguments</c> each.</summary>
    public const int MaxArguments = 1_000;

    /// <summary>One argument, path or variable, in characters: what Linux takes as one argument.</summary>
    public const int MaxArgumentCharacters = 131_071;

    /// <summary>Variables of a program, set and passed each.</summary>
    public const int MaxVariables = 200;

    /// <summary>Subscribers in a plan, and events that one of them names.</summary>
    public const int MaxSubscribers = 20;

    /// <summary>A subscriber's URL, in characters.</summary>
    public const int MaxUrlCharacters = 2_000;

    /// <summary>The name of a secret, in characters.</summary>
    public const int MaxSecretNameCharacters = 64;

    /// <summary>US dollars in one field.</summary>
    public const decimal MaxCostUsd = 1_000_000_000m;

    /// <summary>Tokens in one field.</summary>
    public const long MaxTokens = 1_000_000_000_000;

    /// <summary>The shortest timeout.</summary>
    public static readonly TimeSpan MinTimeout = TimeSpan.FromSeconds(1);

    /// <summary>The longest timeout, estimate, simulated work and backoff.</summary>
    public static readonly TimeSpan MaxTime = TimeSpan.FromHours(24);

    /// <summary>The longest wait for an approval.</summary>
    public static readonly TimeSpan MaxApprovalTime = TimeSpan.FromDays(365);

    /// <summary>The longest time that a budget gives a run.</summary>
    public static readonly TimeSpan MaxRunTime = TimeSpan.FromDays(365);

    /// <summary>An id of a plan, a task, an agent, an input or a run: it becomes a file name, so it can be nothing but one.</summary>
    public const string IdPattern = "[A-Za-z0-9][A-Za-z0-9._-]{0,63}";

    /// <summary>Characters of a model's id: 128.</summary>
    public const int MaxModelCharacters = 128;

    /// <summary>How long an attempt may take when the plan does not say.</summary>
    public static readonly TimeSpan DefaultTimeout = TimeSpan.FromMinutes(10);

    /// <summary>How long an attempt is expected to take when the plan does not say.</summary>
    public static readonly TimeSpan DefaultEstimate = TimeSpan.FromMinutes(1);

    /// <summary>Whether a text has the form of an id.</summary>
    public static bool IsId(string text) => IdRegex().IsMatch(text);

    /// <summary>Whether a text can be a model's id: 1 to 128 visible ASCII characters.</summary>
    public static bool IsModel(string text) => text.Length is > 0 and <= MaxModelCharacters && text.All(letter => letter is > ' ' and < '\x7f');

    [GeneratedRegex(@"\A" + IdPattern + @"\z", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex IdRegex();
}
