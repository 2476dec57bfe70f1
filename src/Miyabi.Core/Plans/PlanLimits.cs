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

    /// <summary>An id of a plan, a task, an agent, an input or a run: it becomes a file name, so it can be nothing but one.</summary>
    public const string IdPattern = "[A-Za-z0-9][A-Za-z0-9._-]{0,63}";

    /// <summary>How long an attempt may take when the plan does not say.</summary>
    public static readonly TimeSpan DefaultTimeout = TimeSpan.FromMinutes(10);

    /// <summary>How long an attempt is expected to take when the plan does not say.</summary>
    public static readonly TimeSpan DefaultEstimate = TimeSpan.FromMinutes(1);

    /// <summary>Whether a text has the form of an id.</summary>
    public static bool IsId(string text) => IdRegex().IsMatch(text);

    [GeneratedRegex(@"\A" + IdPattern + @"\z", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex IdRegex();
}
