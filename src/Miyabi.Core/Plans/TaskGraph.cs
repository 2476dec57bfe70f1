using Miyabi.Core.Json;

namespace Miyabi.Core.Plans;

/// <summary>A dependency: the task that is waited for, by its place in the plan, and where that stands in the file.</summary>
internal readonly record struct TaskEdge(int To, JsonTree Place);

/// <summary>The tasks of a plan and their good dependencies.</summary>
internal sealed class TaskGraph
{
    private TaskGraph(IReadOnlyList<TaskDraft> tasks, TaskEdge[][] edges)
    {
        (Tasks, Edges) = (tasks, edges);
        (Order, Remaining) = Sort(edges);
    }

    public IReadOnlyList<TaskDraft> Tasks { get; }

    /// <summary>For each task its dependencies.</summary>
    public TaskEdge[][] Edges { get; }

    /// <summary>Tasks in an order in which dependencies come first, without those that wait for a cycle.</summary>
    public IReadOnlyList<int> Order { get; }

    /// <summary>Whether a task is in no such order: it is part of a cycle, or waits for one.</summary>
    public bool[] Remaining { get; }

    /// <summary>Reads the dependencies; those that are wrong go to the log and are left out.</summary>
    public static TaskGraph Read(IReadOnlyList<TaskDraft> tasks, PlanErrorLog log)
    {
        var byId = new Dictionary<string, int>();
        for (var i = 0; i < tasks.Count; i++)
        {
            if (tasks[i].IdPlace is not null)
                byId.TryAdd(tasks[i].Task.Id, i);
        }

        var edges = new TaskEdge[tasks.Count][];
        var total = 0;
        for (var i = 0; i < tasks.Count; i++)
        {
            var before = total;
            total += tasks[i].DependencyPlaces.Count;
            if (before <= PlanLimits.MaxDependencies && total > PlanLimits.MaxDependencies)
            {
                log.Add(
                    "tooManyDependencies", tasks[i].DependencyPlaces[0].Parent!,
                    $"The plan has more than {PlanLimits.MaxDependencies:N0} dependencies.",
                    "Leave out those that follow from others: a task waits for what its dependencies wait for.");
            }

            edges[i] = total > PlanLimits.MaxDependencies ? [] : ReadOne(tasks[i], byId, log);
        }

        return new(tasks, edges);
    }

    private static TaskEdge[] ReadOne(TaskDraft task, Dictionary<string, int> byId, PlanErrorLog log)
    {
        var edges = new List<TaskEdge>();
        var seen = new HashSet<string>();
        foreach (var place in task.DependencyPlaces)
        {
            var id = place.Text;
            if (!seen.Add(id))
            {
                log.Add("duplicateEntry", place, $"'{JsonTree.Shown(id)}' is here twice.", "Keep one of them.");
            }
            else if (task.IdPlace is not null && id == task.Task.Id)
            {
                log.Add("selfDependency", place, $"'{id}' waits for itself.", "Take it out, or name the task that is meant.");
            }
            else if (byId.TryGetValue(id, out var to))
            {
                edges.Add(new(to, place));
            }
            else
            {
                var cure = NearestName.Of(id, byId.Keys) is { } near ? $"Did you mean '{near}'?" : "Name a task of this plan, or take it out.";
                log.Add("unknownDependency", place, $"There is no task '{JsonTree.Shown(id)}'.", cure);
            }
        }

        return [.. edges];
    }

    private static (List<int> Order, bool[] Remaining) Sort(TaskEdge[][] edges)
    {
        var dependents = Dependents(edges);
        var waiting = edges.Select(each => each.Length).ToArray();
        var order = new List<int>(Enumerable.Range(0, edges.Length).Where(task => waiting[task] == 0));
        for (var at = 0; at < order.Count; at++)
        {
            foreach (var next in dependents[order[at]])
            {
                if (--waiting[next] == 0)
                    order.Add(next);
            }
        }

        return (order, [.. waiting.Select(count => count > 0)]);
    }

    private static List<int>[] Dependents(TaskEdge[][] edges)
    {
        var dependents = new List<int>[edges.Length];
        for (var i = 0; i < edges.Length; i++)
            dependents[i] = [];
        for (var i = 0; i < edges.Length; i++)
        {
            foreach (var edge in edges[i])
                dependents[edge.To].Add(i);
        }

        return dependents;
    }
}
