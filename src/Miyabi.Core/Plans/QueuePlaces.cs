using Miyabi.Core.Json;

namespace Miyabi.Core.Plans;

/// <summary>Where in a task queue a place of the plan comes from that was made of it.</summary>
internal static class QueuePlaces
{
    private static readonly Dictionary<string, string> Names = new()
    {
        ["id"] = "task_id",
        ["title"] = "description",
        ["prompt"] = "description",
        ["dependsOn"] = "dependencies",
        ["writes"] = "module",
        ["timeout"] = "estimated_time",
        ["estimate"] = "estimated_time",
        ["simulated"] = "estimated_time",
    };

    /// <summary>The place in the queue, as near as there is one.</summary>
    public static JsonTree Of(JsonTree place, JsonTree queue)
    {
        var steps = new Stack<JsonTree>();
        for (var at = place; at.Parent is not null; at = at.Parent)
            steps.Push(at);
        if (steps.Count == 0)
            return queue;
        var tasks = queue.Find("tasks")!;
        if (steps.Pop().Name == "agents")
            return steps.TryPop(out var agent) ? FirstTaskOf(agent, tasks) : tasks;
        var here = tasks;
        foreach (var step in steps)
        {
            var next = step.Name is null
                ? here.Children.ElementAtOrDefault(step.Index)
                : here.Find(Names.GetValueOrDefault(step.Name, step.Name));
            if (next is null)
                break;
            here = next;
        }

        return here;
    }

    private static JsonTree FirstTaskOf(JsonTree agent, JsonTree tasks)
    {
        var id = agent.Find("id")!.Text;
        return tasks.Children.First(task => task.Find("agent")!.Text == id).Find("agent")!;
    }
}
