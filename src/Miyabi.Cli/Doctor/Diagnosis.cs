using System.Collections.Immutable;
using Miyabi.Core.Ledger;

namespace Miyabi.Cli.Doctor;

/// <summary>What <c>doctor</c> found, and what it removed.</summary>
/// <param name="Checks">What a run needs.</param>
/// <param name="Leftovers">What was left behind.</param>
/// <param name="Unreadable">What could not be looked at.</param>
/// <param name="At">When.</param>
internal sealed record Diagnosis(ImmutableArray<CheckResult> Checks, ImmutableArray<Leftover> Leftovers, ImmutableArray<Unreadable> Unreadable, DateTimeOffset At)
{
    /// <summary>Whether all that is needed is there.</summary>
    internal bool IsWell => Checks.All(check => check.State != CheckState.Missing);

    /// <summary>Looks at everything.</summary>
    /// <param name="checks">What a run needs.</param>
    /// <param name="places">Where leftovers lie.</param>
    /// <param name="clean">Whether they are removed.</param>
    /// <param name="clock">The time.</param>
    /// <param name="cancellationToken">Ends it.</param>
    internal static async Task<Diagnosis> MakeAsync(
        IEnumerable<ICheck> checks, IEnumerable<ILeftovers> places, bool clean, TimeProvider clock, CancellationToken cancellationToken)
    {
        List<Unreadable> unreadable = [];
        List<Leftover> leftovers = [];
        foreach (var place in places)
            leftovers.AddRange(await place.FindAsync(unreadable.Add, cancellationToken));
        if (clean)
        {
            for (var i = 0; i < leftovers.Count; i++)
                leftovers[i] = await RemoveAsync(leftovers[i], cancellationToken);
        }

        // After the cleaning: it makes room, which the checks should see.
        List<CheckResult> results = [];
        foreach (var check in checks)
            results.AddRange(await check.RunAsync(cancellationToken));
        return new Diagnosis([.. results], [.. leftovers], [.. unreadable], clock.GetUtcNow());
    }

    private static async Task<Leftover> RemoveAsync(Leftover leftover, CancellationToken cancellationToken)
    {
        if (leftover.State == LeftoverState.Kept)
            return leftover;
        try
        {
            return leftover with { State = await leftover.Remove(cancellationToken) ? LeftoverState.Removed : LeftoverState.Failed };
        }
        catch (StoreException)
        {
            return leftover with { State = LeftoverState.Failed };
        }
    }
}
