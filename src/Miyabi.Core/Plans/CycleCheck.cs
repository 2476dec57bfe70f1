using Miyabi.Core.Json;

namespace Miyabi.Core.Plans;

/// <summary>Finds tasks that wait for each other, and names each such circle in order. Circles that share a task count as one.</summary>
internal static class CycleCheck
{
    private const int MaxCycles = 100;
    private const int MaxNames = 20;

    public static void Check(TaskGraph graph, PlanErrorLog log)
    {
        // What still waits: each of these has a dependency that still waits too, so following them leads into a circle.
        var waiting = graph.Remaining.ToArray();
        for (var found = 0; found < MaxCycles; found++)
        {
            var start = Array.IndexOf(waiting, true);
            if (start < 0)
                return;
            var cycle = Follow(graph, waiting, start);
            Report(graph, cycle, log);
            foreach (var task in cycle)
                waiting[task] = false;
            Release(graph, waiting);
        }
    }

    private static List<int> Follow(TaskGraph graph, bool[] waiting, int start)
    {
        var path = new List<int>();
        var position = new Dictionary<int, int>();
        for (var at = start; ; at = graph.Edges[at].First(edge => waiting[edge.To]).To)
        {
            if (position.TryGetValue(at, out var from))
                return path[from..];
            position.Add(at, path.Count);
            path.Add(at);
        }
    }

    private static void Report(TaskGraph graph, List<int> cycle, PlanErrorLog log)
    {
        var first = cycle.IndexOf(cycle.Min());
        List<int> turned = [.. cycle[first..], .. cycle[..first]];
        var names = turned.Take(MaxNames).Select(task => graph.Tasks[task].Task.Id);
        var more = turned.Count > MaxNames ? $" -> ... ({turned.Count - MaxNames:N0} more)" : "";
        var place = graph.Edges[turned[0]].First(edge => edge.To == turned[1]).Place;
        log.Add(
            "cycle", place,
            $"These tasks wait for each other: {string.Join(" -> ", names)}{more} -> {graph.Tasks[turned[0]].Task.Id}.",
            "Take one of these dependencies out.");
    }

    /// <summary>Takes out what waits no more, now that a circle is taken out.</summary>
    private static void Release(TaskGraph graph, bool[] waiting)
    {
        for (var changed = true; changed;)
        {
            changed = false;
            for (var task = 0; task < waiting.Length; task++)
            {
                if (!waiting[task] || graph.Edges[task].Any(edge => waiting[edge.To]))
                    continue;
                waiting[task] = false;
                changed = true;
            }
        }
    }
}
