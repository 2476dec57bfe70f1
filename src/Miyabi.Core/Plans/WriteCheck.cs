using Miyabi.Core.Agents;
using Miyabi.Core.Json;

namespace Miyabi.Core.Plans;

/// <summary>Finds tasks that can run at the same time and may write the same file.</summary>
/// <remarks>
/// Globs are sorted by what they have before their first wildcard. Two can only meet if one such start is the start of the other, and then
/// all between them in that order can meet the first too: so most pairs are never looked at.
/// </remarks>
internal sealed class WriteCheck
{
    private const int MaxOverlaps = 100;

    // A pair is a step, and each pair of characters compared another: a second or so at the very most, for a plan made to be slow.
    private const long MaxSteps = 200_000_000;

    private readonly TaskGraph _graph;
    private readonly PlanErrorLog _log;
    private readonly HashSet<(int, int)> _reported = [];
    private ulong[]?[]? _ancestors;
    private long _steps;

    private WriteCheck(TaskGraph graph, PlanErrorLog log) => (_graph, _log) = (graph, log);

    public static void Check(TaskGraph graph, PlanErrorLog log) => new WriteCheck(graph, log).Check();

    private void Check()
    {
        var writes = _graph.Order
            .SelectMany(task => _graph.Tasks[task].WritePlaces.Select(place => new Write(task, place)))
            .OrderBy(write => write.Start, StringComparer.Ordinal)
            .ThenBy(write => write.Task)
            .ToArray();
        for (var i = 0; i < writes.Length; i++)
        {
            for (var j = i + 1; j < writes.Length && writes[j].Start.StartsWith(writes[i].Start, StringComparison.Ordinal); j++)
            {
                if (!Compare(writes[i], writes[j]))
                    return;
            }
        }
    }

    /// <summary>Whether to go on.</summary>
    private bool Compare(Write one, Write other)
    {
        if (++_steps > MaxSteps)
        {
            _log.Add(
                "tooManyWrites", other.Place, "The plan has too many globs that begin alike to compare them all.",
                "Begin globs with different folders, or write one glob for a folder.");
            return false;
        }

        if (one.Task == other.Task || DependOnEachOther(one.Task, other.Task))
            return true;
        if (!one.End.EndsWith(other.End, StringComparison.Ordinal) && !other.End.EndsWith(one.End, StringComparison.Ordinal))
            return true;
        _steps += one.Place.Text.Length * other.Place.Text.Length;
        if (!GlobPattern.Overlap(one.Pattern, other.Pattern))
            return true;
        var (first, second) = one.Task < other.Task ? (one, other) : (other, one);
        if (_reported.Add((first.Task, second.Task)))
        {
            _log.Add(
                "overlappingWrites", second.Place,
                $"'{Id(second)}' may write '{JsonTree.Shown(second.Place.Text)}' and '{Id(first)}' may write '{JsonTree.Shown(first.Place.Text)}' "
                + "at the same time, and both can mean the same file.",
                $"Write different files, or let one depend on the other: add \"{Id(first)}\" to the 'dependsOn' of '{Id(second)}'.");
        }

        return _reported.Count < MaxOverlaps;
    }

    private string Id(Write write) => _graph.Tasks[write.Task].Task.Id;

    private bool DependOnEachOther(int one, int other)
    {
        _ancestors ??= Ancestors(_graph);
        return Has(_ancestors[one]!, other) || Has(_ancestors[other]!, one);
    }

    private static bool Has(ulong[] set, int task) => (set[task / 64] >> (task % 64) & 1) != 0;

    /// <summary>For each task all that it waits for, as bits: at most 12.5 MB.</summary>
    private static ulong[]?[] Ancestors(TaskGraph graph)
    {
        var ancestors = new ulong[]?[graph.Tasks.Count];
        foreach (var task in graph.Order)
        {
            var set = new ulong[(graph.Tasks.Count + 63) / 64];
            foreach (var edge in graph.Edges[task])
            {
                var more = ancestors[edge.To]!;
                for (var i = 0; i < set.Length; i++)
                    set[i] |= more[i];
                set[edge.To / 64] |= 1UL << (edge.To % 64);
            }

            ancestors[task] = set;
        }

        return ancestors;
    }

    private sealed record Write(int Task, JsonTree Place)
    {
        private GlobPattern? _pattern;

        public string Start { get; } = GlobPattern.LiteralStart(Place.Text);

        public string End { get; } = GlobPattern.LiteralEnd(Place.Text);

        public GlobPattern Pattern => _pattern ??= GlobPattern.OfGlob(Place.Text);
    }
}
