using System.Collections.Immutable;

namespace Miyabi.Core.Scheduling;

/// <summary>The longest chain of tasks by estimates: no number of agents makes the run shorter.</summary>
/// <param name="Tasks">Ids in order; of equally long chains, the one whose tasks go first.</param>
/// <param name="Length">The sum of their estimates.</param>
public sealed record CriticalPath(ImmutableArray<string> Tasks, TimeSpan Length)
{
    /// <summary>Finds it.</summary>
    public static CriticalPath Of(RunPlan plan)
    {
        var path = ImmutableArray.CreateBuilder<string>();
        var candidates = plan.Waves[0];
        while (candidates.Length > 0)
        {
            var next = candidates.MaxBy(task => (plan.RemainingPath[task], -plan.Rank[task]));
            path.Add(plan.Plan.Tasks[next].Id);
            candidates = plan.Dependents[next];
        }

        return new CriticalPath(path.ToImmutable(), plan.Waves[0].Max(task => plan.RemainingPath[task]));
    }
}
