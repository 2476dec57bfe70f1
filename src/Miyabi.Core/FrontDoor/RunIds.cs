using System.Text.RegularExpressions;
using Miyabi.Core.Agents;
using Miyabi.Core.Plans;

namespace Miyabi.Core.FrontDoor;

/// <summary>The ids of runs: given by people, or made.</summary>
public static partial class RunIds
{
    /// <summary>Why a text cannot be a run's id and what to do, for people; <see langword="null"/>: it can.</summary>
    public static string? WhyNot(string id) => !PlanLimits.IsId(id)
        ? "give up to 64 letters, digits, '.', '_' or '-', a letter or digit first."
        : ArtifactPath.IsReservedName(id) ? "no system could keep a folder of that name; give another." : null;

    /// <summary>An id for a run that was given none: readable, sorted by time in any listing, and told apart from another run of the same second.</summary>
    /// <param name="planName">The plan's name; any text.</param>
    /// <param name="now">The time.</param>
    /// <param name="drawn">4 hex digits, drawn.</param>
    public static string New(string planName, DateTimeOffset now, string drawn)
    {
        var slug = NotInIds().Replace(planName.ToLowerInvariant(), "-").Trim('-');
        slug = slug.Length > 40 ? slug[..40].TrimEnd('-') : slug;
        return $"{(slug.Length == 0 ? "run" : slug)}-{now:yyyyMMdd-HHmmss}-{drawn}";
    }

    [GeneratedRegex("[^a-z0-9]+", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex NotInIds();
}
