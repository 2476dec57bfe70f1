using System.Text;
using System.Text.Json.Nodes;
using Miyabi.Core.Plans;

namespace Miyabi.Core.Tests.Plans;

public sealed class TaskQueueTests
{
    [Fact]
    public void Read_ReferenceQueue_HasItsTasks()
    {
        var plan = Load(SamplePlans.ReferenceQueue);
        Assert.Equal("task-queue", plan.Name);
        Assert.Equal(Enumerable.Range(1, 15).Select(i => $"Task-{i}"), plan.Tasks.Select(task => task.Id));
        Assert.Equal("Implement core/ (5 files)", plan.Tasks[1].Title);
        Assert.Equal("Implement core/ (5 files)", plan.Tasks[1].Prompt);
        Assert.Equal(Enumerable.Range(1, 15), plan.Tasks.Select(task => task.Priority));
        Assert.Equal(["Task-7", "Task-8", "Task-9"], plan.Tasks[9].DependsOn.AsEnumerable());
        Assert.Equal(["core/**"], plan.Tasks[1].Writes.AsEnumerable());
    }

    [Fact]
    public void Read_ReferenceQueue_HasItsAgents()
    {
        var plan = Load(SamplePlans.ReferenceQueue);
        Assert.Equal(15, plan.Agents.Length);
        Assert.All(plan.Agents, agent => Assert.Equal("simulated", agent.Provider));
        Assert.Equal(6, plan.Agents.Count(agent => agent.Kind == AgentKind.Claude && agent.Id.StartsWith("CCG-", StringComparison.Ordinal)));
        Assert.Equal(9, plan.Agents.Count(agent => agent.Kind == AgentKind.Codex && agent.Id.StartsWith("CG-", StringComparison.Ordinal)));
        Assert.Equal(new AgentSelector("CG-1", AgentKind.Codex), plan.Tasks[1].Agent);
    }

    [Fact]
    public void Read_ReferenceQueue_HasItsTimes()
    {
        int[] seconds = [8, 12, 12, 12, 12, 12, 12, 12, 12, 12, 8, 8, 8, 8, 8];
        var plan = Load(SamplePlans.ReferenceQueue);
        Assert.Equal(seconds, plan.Tasks.Select(task => (int)task.Estimate.TotalSeconds));
        Assert.Equal(seconds, plan.Tasks.Select(task => (int)task.Simulated!.Work.TotalSeconds));
    }

    [Theory]
    [InlineData(600, 1200)]
    [InlineData(8, 600)]
    [InlineData(86_400, 86_400)]
    public void Read_EstimatedTime_LeavesTheTimeoutRoom(int estimated, int timeout)
    {
        var queue = SamplePlans.Parse(SamplePlans.ReferenceQueue);
        queue["tasks"]![0]!["estimated_time"] = estimated;
        Assert.Equal(timeout, Load(queue.ToJsonString()).Tasks[0].Timeout.TotalSeconds);
    }

    [Fact]
    public void Read_Queue_GivesAPlanInOurOwnFormat()
    {
        var reading = SamplePlans.Read(SamplePlans.ReferenceQueue);
        var again = PlanReader.Read(reading.Json);
        Assert.DoesNotContain("task_id", Encoding.UTF8.GetString(reading.Json.Span), StringComparison.Ordinal);
        Assert.Equal(SamplePlans.Text(reading.Plan!), SamplePlans.Text(again.Plan!));
        Assert.Equal(reading.Json.ToArray(), again.Json.ToArray());
    }

    [Fact]
    public void Read_TasksAtOnceWithOneModule_SayNothingOfWrites()
    {
        var queue = SamplePlans.Parse(SamplePlans.ReferenceQueue);
        queue["tasks"]![2]!["module"] = "core";
        Assert.All(Load(queue.ToJsonString()).Tasks, task => Assert.Empty(task.Writes));
    }

    [Theory]
    [InlineData("../up")]
    [InlineData("a*")]
    [InlineData("")]
    public void Read_ModuleThatIsNoFolder_IsNoWrite(string module)
    {
        var queue = SamplePlans.Parse(SamplePlans.ReferenceQueue);
        queue["tasks"]![0]!["module"] = module;
        Assert.Empty(Load(queue.ToJsonString()).Tasks[0].Writes);
    }

    [Fact]
    public void Read_LongDescription_IsCutForTheTitleAlone()
    {
        var queue = SamplePlans.Parse(SamplePlans.ReferenceQueue);
        var text = "Line one\n" + string.Concat(Enumerable.Repeat("😀", 300));
        queue["tasks"]![0]!["description"] = text;
        var task = Load(queue.ToJsonString()).Tasks[0];
        Assert.Equal(text, task.Prompt);
        Assert.InRange(task.Title.Length, 190, 200);
        Assert.StartsWith("Line one 😀", task.Title, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_FewestFields_AreEnough()
    {
        var task = Load("""{ "tasks": [ { "task_id": "a", "agent": "CG-1" } ] }""").Tasks[0];
        Assert.Equal(("a", "", PlanLimits.DefaultEstimate), (task.Title, task.Prompt, task.Estimate));
    }

    [Theory]
    [InlineData(2, "dependencies", """["Task-1", "Tsk-1"]""", "unknownDependency", "$.tasks[2].dependencies[1]")]
    [InlineData(2, "dependencies", "\"Task-1\"", "wrongType", "$.tasks[2].dependencies")]
    [InlineData(0, "dependencies", """["Task-15"]""", "cycle", "$.tasks[0].dependencies[0]")]
    [InlineData(3, "task_id", "\"a/b\"", "invalidId", "$.tasks[3].task_id")]
    [InlineData(3, "task_id", "7", "wrongType", "$.tasks[3].task_id")]
    [InlineData(3, "task_id", "\"task-1\"", "duplicateId", "$.tasks[3].task_id")]
    [InlineData(3, "agent", "\"X-1\"", "unknownKind", "$.tasks[3].agent")]
    [InlineData(3, "agent", "\"CG 1\"", "invalidId", "$.tasks[3].agent")]
    [InlineData(3, "agent", "null", "wrongType", "$.tasks[3].agent")]
    [InlineData(3, "priority", "5000", "outOfRange", "$.tasks[3].priority")]
    [InlineData(3, "estimated_time", "-1", "outOfRange", "$.tasks[3].estimated_time")]
    [InlineData(3, "estimated_time", "86401", "outOfRange", "$.tasks[3].estimated_time")]
    [InlineData(3, "estimated_time", "\"8\"", "outOfRange", "$.tasks[3].estimated_time")]
    [InlineData(3, "status", "\"DONE\"", "unknownValue", "$.tasks[3].status")]
    [InlineData(3, "description", "[]", "wrongType", "$.tasks[3].description")]
    public void Read_BadField_IsPlacedInTheQueue(int task, string field, string value, string code, string path)
    {
        var queue = SamplePlans.Parse(SamplePlans.ReferenceQueue);
        queue["tasks"]![task]![field] = JsonNode.Parse(value);
        var reading = SamplePlans.Read(queue.ToJsonString(new() { WriteIndented = true }));
        Assert.Null(reading.Plan);
        var error = Assert.Single(reading.Errors, error => error.Code == code && error.Path == path);
        Assert.True(error.Line > 1 && error.Cure.Length > 0);
    }

    [Fact]
    public void Read_SlipOfThePen_IsAnErrorAndNoLostDependency()
    {
        var error = Assert.Single(SamplePlans.Read("""{ "tasks": [ { "task_id": "a", "agent": "CG-1", "dependancies": [] } ] }""").Errors);
        Assert.Equal(("unknownField", "$.tasks[0].dependancies", "Did you mean 'dependencies'?"), (error.Code, error.Path, error.Cure));
    }

    [Fact]
    public void Read_MissingFields_AreErrors() =>
        Assert.Equal(["missingField $.tasks[0]", "missingField $.tasks[1]", "wrongType $.tasks[2]"],
            SamplePlans.Read("""{ "tasks": [ { "task_id": "a" }, { "agent": "CG-1" }, 3 ] }""").Errors.Select(error => $"{error.Code} {error.Path}"));

    [Theory]
    [InlineData(10_000, true)]
    [InlineData(10_001, false)]
    public void Read_Tasks_AtMostTenThousand(int count, bool valid)
    {
        var tasks = string.Join(",", Enumerable.Range(0, count).Select(i => $$"""{"task_id":"t{{i}}","agent":"CG-1"}"""));
        Assert.Equal(valid ? [] : ["tooMany $.tasks"], SamplePlans.Read($$"""{"tasks":[{{tasks}}]}""").Errors.Select(error => $"{error.Code} {error.Path}"));
    }

    private static Plan Load(string queue)
    {
        var reading = SamplePlans.Read(queue);
        Assert.Empty(reading.Errors);
        return reading.Plan!;
    }
}
