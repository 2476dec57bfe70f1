using System.Text;
using Miyabi.Core.Plans;

namespace Miyabi.Core.Tests.Plans;

public sealed class PlanReaderTests
{
    public static TheoryData<string> Valid() => new(SamplePlans.Valid.Keys);

    [Theory]
    [MemberData(nameof(Valid))]
    public void Read_ValidPlan_LoadsAndItsJsonLoadsTheSame(string name)
    {
        var reading = SamplePlans.Read(SamplePlans.Valid[name]);
        Assert.Empty(reading.Errors);
        Assert.Equal(SamplePlans.Valid[name], Encoding.UTF8.GetString(reading.Json.Span));
        Assert.Equal(SamplePlans.Text(reading.Plan!), SamplePlans.Text(PlanReader.Read(reading.Json).Plan!));
    }

    [Fact]
    public void Read_SmallPlan_HasTheDocumentedDefaults()
    {
        var plan = SamplePlans.Read(SamplePlans.Small).Plan!;
        var task = Assert.Single(plan.Tasks);
        Assert.Equal(("small", "", Schedule.Waves, 5, OnFailure.Continue), (plan.Name, plan.Description, plan.Policy.Schedule, plan.Policy.MaxParallel, plan.Policy.OnFailure));
        Assert.Equal(("one", "one", 0, ""), (task.Id, task.Title, task.Priority, task.Prompt));
        Assert.Equal(new RetryPolicy(), task.Retry);
        Assert.Equal((TimeSpan.FromMinutes(10), TimeSpan.FromMinutes(1)), (task.Timeout, task.Estimate));
        Assert.Equal((1, null), (plan.Agents[0].Slots, plan.Agents[0].Provider));
        Assert.Null(task.Approval ?? (object?)task.Simulated ?? (object?)task.Command ?? task.OutputSchema);
    }

    [Fact]
    public void Read_FullPlan_HasEveryPolicy()
    {
        var plan = SamplePlans.Read(SamplePlans.Full).Plan!;
        Assert.Equal((Schedule.Ready, 200, OnFailure.Stop), (plan.Policy.Schedule, plan.Policy.MaxParallel, plan.Policy.OnFailure));
        Assert.Equal(new Budget(0.01m, 1_000_000), plan.Policy.Budget);
        Assert.Equal([new("command", 200), new("simulated", 3)], plan.Policy.ProviderCaps);
        Assert.Equal([new PlanInput("repo", "A repository.", ".."), new PlanInput("other", "", null)], plan.Inputs.AsEnumerable());
    }

    [Fact]
    public void Read_FullPlan_HasEverySubscriber()
    {
        var notify = SamplePlans.Read(SamplePlans.Full).Plan!.Notify;
        Assert.Equal([("https://example.com:8443/hooks/miyabi?x=1&y=%20", "CHAT_HOOK"), ("http://[::1]:8080/", "local")], notify.Select(one => (one.Url, one.Secret)));
        Assert.Equal(Enum.GetValues<NoticeKind>().Except([NoticeKind.TaskAccepted]), notify[0].Events);
        Assert.Equal([NoticeKind.RunEnded, NoticeKind.TaskAccepted], notify[1].Events.AsEnumerable());
        Assert.Equal(["https://example.com:8443", "http://[::1]:8080"], notify.Select(one => one.Origin));
    }

    [Theory]
    [InlineData("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")]
    [InlineData("correct horse battery staple")]
    [InlineData("4f1d9c2b7a6e5d4c3b2a1f0e9d8c7b6a")]
    public void Read_SecretInThePlan_IsRefusedWithoutShowingIt(string secret)
    {
        var plan = SamplePlans.Parse(SamplePlans.Small);
        plan["notify"] = new System.Text.Json.Nodes.JsonArray(new System.Text.Json.Nodes.JsonObject { ["url"] = "https://a.example", ["secret"] = secret });

        var error = Assert.Single(SamplePlans.Read(plan.ToJsonString()).Errors);

        Assert.DoesNotContain(secret, error.ToString());
    }

    [Fact]
    public void Read_FullPlan_HasEverythingOfAgents()
    {
        var plan = SamplePlans.Read(SamplePlans.Full).Plan!;
        Assert.Equal([("CCG-1", AgentKind.Claude, "simulated", 2), ("CG-1", AgentKind.Codex, null, 1), ("sh", AgentKind.Command, null, 1)],
            plan.Agents.Select(agent => (agent.Id, agent.Kind, agent.Provider, agent.Slots)));
        Assert.Equal([null, "gpt-5.3-codex", null], plan.Agents.Select(agent => agent.Model));
        var command = plan.Agents[2].Command!;
        Assert.Equal(["git", "-C", "${input.repo}"], command.Run.AsEnumerable());
        Assert.Equal(["--", "${plan.dir}/x", "${workspace}", "$HOME", "{}"], command.Arguments.AsEnumerable());
        Assert.Equal((CommandOutput.Text, "C", ""), (command.Output, command.Environment["LANG"], command.Environment["EMPTY"]));
        Assert.Equal(["PATH", "_x1"], command.PassEnvironment.AsEnumerable());
    }

    [Fact]
    public void Read_FullPlan_HasEverythingOfTasks()
    {
        var tasks = SamplePlans.Read(SamplePlans.Full).Plan!.Tasks;
        Assert.Equal([new("CCG-1", AgentKind.Claude), new(null, AgentKind.Codex), new("sh", AgentKind.Command)], tasks.Select(task => task.Agent));
        Assert.Equal([-1000, 0, 5], tasks.Select(task => task.Priority));
        Assert.Equal(["build", "plan"], tasks[2].DependsOn.AsEnumerable());
        Assert.Equal(["core/**", "*.md"], tasks[1].Writes.AsEnumerable());
        Assert.Equal([1, 120, 120], tasks.Select(task => task.Timeout.TotalSeconds));
        Assert.Equal([null, "ft:gpt-5.3/team~1", null], tasks.Select(task => task.Model));
        Assert.Equal("Plan — ünïcode 😀.", tasks[0].Prompt);
        Assert.StartsWith("""{ "type": "object", "required": ["steps"]""", tasks[0].OutputSchema, StringComparison.Ordinal);
        Assert.Equal([new ApprovalSpec("Go?", TimeSpan.FromDays(1), true), null, new ApprovalSpec("Really?", null, false)], tasks.Select(task => task.Approval));
        Assert.Equal((null, CommandOutput.Json), (tasks[2].Command!.Run.FirstOrDefault(), tasks[2].Command!.Output));
    }

    [Fact]
    public void Read_FullPlan_HasEverythingSimulated()
    {
        var simulated = SamplePlans.Read(SamplePlans.Full).Plan!.Tasks[0].Simulated!;
        Assert.Equal((8, 12, 0.25m, """{ "steps": [1, null, "x"] }"""), (simulated.Work.TotalSeconds, simulated.Tokens, simulated.CostUsd, simulated.Output));
        Assert.Equal(["plan/a.md", "plan/b/c.md"], simulated.Files.AsEnumerable());
        Assert.Equal(Enum.GetValues<SimulatedFault>(), simulated.Faults.AsEnumerable());
        Assert.Equal("null", SamplePlans.Read(SamplePlans.Full).Plan!.Tasks[1].Simulated!.Output);
    }

    [Fact]
    public void Read_RetryOfATask_GoesOverTheDefaultsFieldByField()
    {
        var retry = SamplePlans.Read(SamplePlans.Full).Plan!.Tasks.Select(task => task.Retry).ToArray();
        var common = new RetryPolicy { MaxAttempts = 4, Backoff = TimeSpan.FromSeconds(1), Factor = 1.5, MaxBackoff = TimeSpan.FromMinutes(1) };
        Assert.Equal([common, common with { MaxAttempts = 1 }, common], retry);
    }

    [Fact]
    public void Read_Estimate_IsTheTasksElseSimulatedElseDefault() =>
        Assert.Equal([0, 12, 30], SamplePlans.Read(SamplePlans.Full).Plan!.Tasks.Select(task => task.Estimate.TotalSeconds));

    [Fact]
    public void Read_SimulatedWithoutWork_TakesTheDefaultEstimate()
    {
        var task = SamplePlans.Read(SamplePlans.Small.Replace("\"agent\": \"A\"", "\"agent\": \"A\", \"simulated\": {}")).Plan!.Tasks[0];
        Assert.Equal((TimeSpan.FromSeconds(1), PlanLimits.DefaultEstimate), (task.Simulated!.Work, task.Estimate));
    }

    [Fact]
    public void Read_ByteOrderMark_IsAcceptedAndNotKept()
    {
        var reading = PlanReader.Read(Encoding.UTF8.GetBytes("\uFEFF" + SamplePlans.Small));
        Assert.NotNull(reading.Plan);
        Assert.Equal(SamplePlans.Small, Encoding.UTF8.GetString(reading.Json.Span));
    }

    [Fact]
    public void Read_ManyErrors_NamesAllInTheOrderOfTheFile()
    {
        var errors = SamplePlans.Read("""
            { "nam": "x", "version": 2,
              "agents": [ { "id": "A", "kind": "cluade", "slots": 0 } ],
              "tasks": [
                { "id": "a/b", "agent": "B", "timeout": "1h" },
                { "id": "c", "agent": "A", "dependsOn": ["c", "d"] },
                { "id": "C", "agent": "A", "writes": ["../x"] } ] }
            """).Errors;
        Assert.Equal(
            [
                "1 missingField $", "1 unknownField $.nam", "1 unknownVersion $.version", "2 unknownValue $.agents[0].kind", "2 outOfRange $.agents[0].slots",
                "4 invalidId $.tasks[0].id", "4 unknownAgent $.tasks[0].agent", "4 invalidDuration $.tasks[0].timeout",
                "5 selfDependency $.tasks[1].dependsOn[0]", "5 unknownDependency $.tasks[1].dependsOn[1]",
                "6 duplicateId $.tasks[2].id", "6 invalidGlob $.tasks[2].writes[0]",
            ],
            errors.Select(error => $"{error.Line} {error.Code} {error.Path}"));
    }

    [Fact]
    public void Read_MoreThanAHundredErrors_NamesTheFirstHundred()
    {
        var plan = SamplePlans.Many(500, 1);
        foreach (var task in plan["tasks"]!.AsArray())
            task!["agent"] = "nobody";
        var errors = SamplePlans.Read(plan.ToJsonString()).Errors;
        Assert.Equal(Enumerable.Range(0, 100).Select(i => $"$.tasks[{i}].agent"), errors.Select(error => error.Path));
    }

    [Fact]
    public void Read_Column_CountsBytesFromOne()
    {
        var error = Assert.Single(SamplePlans.Read(SamplePlans.Small.Replace("\"name\": \"small\",", "\"name\": \"smäll\", \"version\": 1,").Replace("\"version\": 1,\n", "\"description\": 7,\n")).Errors);
        Assert.Equal((2, 50), (error.Line, error.Column));
        Assert.Equal("2:50 $.description: 'description' must be a string, not a number. Write a string here, or leave it out if it is optional.", error.ToString());
    }
}
