using Miyabi.Core.Plans;

namespace Miyabi.Core.Tests.Plans;

/// <summary>The gates and reviews of a plan: what is read, and what is said of one that cannot be.</summary>
public sealed class CheckReaderTests
{
    [Fact]
    public void Read_EveryField_IsTaken()
    {
        var task = SamplePlans.Read(SamplePlans.Checked).Plan!.Tasks[0];
        Assert.Equal(new AgentSelector("G", AgentKind.Command), task.Gate!.Agent);
        Assert.Equal((10, TimeSpan.FromMinutes(1), 1, TimeSpan.FromSeconds(5)), (task.Gate.MaxRounds, task.Gate.Timeout, task.Gate.Retry.MaxAttempts, task.Gate.Estimate));
        Assert.Equal<string>(["dotnet", "test"], task.Gate.Command!.Run);
        Assert.Equal(new AgentSelector(null, AgentKind.Codex), task.Review!.Agent);
        Assert.Equal((1, "Mind the tests."), (task.Review.MaxRounds, task.Review.Prompt));
        Assert.NotNull(task.Review.Simulated);
    }

    [Fact]
    public void Read_NothingSaid_HasTheDefaults()
    {
        var task = SamplePlans.Read(SamplePlans.Checked).Plan!.Tasks[1];
        Assert.Equal(new AgentSelector(null, AgentKind.Command), task.Gate!.Agent);
        Assert.Equal(new AgentSelector(null, AgentKind.Claude), task.Review!.Agent);
        Assert.Equal((3, TimeSpan.FromMinutes(2), 4, TimeSpan.FromSeconds(30)), (task.Review.MaxRounds, task.Review.Timeout, task.Review.Retry.MaxAttempts, task.Review.Estimate));
    }

    [Theory]
    [InlineData("gate", "7", "wrongType", "$.tasks[0].gate")]
    [InlineData("gate", """{"prompt": "x"}""", "unknownField", "$.tasks[0].gate.prompt")]
    [InlineData("gate", """{"agent": "C"}""", "gateIsNoCommand", "$.tasks[0].gate.agent")]
    [InlineData("gate", """{"agent": {"kind": "claude"}}""", "gateIsNoCommand", "$.tasks[0].gate.agent")]
    [InlineData("gate", """{"agent": "nobody"}""", "unknownAgent", "$.tasks[0].gate.agent")]
    [InlineData("gate", """{"maxRounds": 11}""", "outOfRange", "$.tasks[0].gate.maxRounds")]
    [InlineData("review", """{"maxRounds": 0}""", "outOfRange", "$.tasks[0].review.maxRounds")]
    [InlineData("review", """{"timeout": "P2D"}""", "outOfRange", "$.tasks[0].review.timeout")]
    [InlineData("review", """{"retry": {"maxAttempts": 0}}""", "outOfRange", "$.tasks[0].review.retry.maxAttempts")]
    [InlineData("review", """{"promt": "x"}""", "unknownField", "$.tasks[0].review.promt")]
    [InlineData("review", """{"agent": "X"}""", "reviewsItself", "$.tasks[0].review.agent")]
    [InlineData("review", """{"agent": "CX"}""", "unknownAgent", "$.tasks[0].review.agent")]
    public void Read_BadCheck_NamesItsPlaceAndACure(string check, string value, string code, string path)
    {
        var error = Assert.Single(Read($$""" "agent": "X", "{{check}}": {{value}} """).Errors);
        Assert.Equal((code, path), (error.Code, error.Path));
        Assert.NotEmpty(error.Cure);
    }

    [Theory]
    [InlineData(""" "agent": "C", "review": {} """, "reviewsItself")]
    [InlineData(""" "agent": { "kind": "claude" }, "review": {} """, "reviewsItself")]
    [InlineData(""" "agent": { "kind": "claude" }, "review": { "agent": "C" } """, "reviewsItself")]
    public void Read_OnlyAgentOfTheKind_CannotReviewItself(string task, string code) => Assert.Equal(code, Assert.Single(Read(task).Errors).Code);

    [Fact]
    public void Read_NoAgentOfTheUsualKind_IsAnError()
    {
        var errors = SamplePlans.Read("""{ "name": "p", "version": 1, "agents": [ { "id": "X", "kind": "codex" } ], "tasks": [ { "id": "t", "agent": "X", "gate": {}, "review": {} } ] }""").Errors;
        Assert.Equal([("noAgentOfKind", "$.tasks[0].gate"), ("noAgentOfKind", "$.tasks[0].review")], errors.Select(error => (error.Code, error.Path)));
    }

    [Theory]
    [InlineData("t~review-1", "t", TaskStage.Review, 1)]
    [InlineData("a.b~gate-20", "a.b", TaskStage.Gate, 20)]
    public void StageName_OfACheck_IsTakenApartAndPutTogether(string name, string task, TaskStage stage, int attempt)
    {
        Assert.Equal(new StageName(task, stage, attempt), StageName.Parse(name));
        Assert.Equal(name, StageName.Parse(name)!.ToString());
        Assert.False(PlanLimits.IsId(name));
    }

    [Theory]
    [InlineData("t")]
    [InlineData("t~")]
    [InlineData("t~review")]
    [InlineData("t~review-0")]
    [InlineData("t~review-01")]
    [InlineData("t~review--1")]
    [InlineData("t~review-99999999999")]
    [InlineData("t~work-1")]
    [InlineData("t~gate-1~gate-1")]
    [InlineData("../t~gate-1")]
    [InlineData("~gate-1")]
    [InlineData("t~Gate-1")]
    public void StageName_OfNothing_IsNone(string name) => Assert.Null(StageName.Parse(name));

    [Theory]
    [InlineData("{}", """{"verdict":"accept","findings":[]}""")]
    [InlineData("""{ "simulated": { "work": "PT5S" } }""", """{"verdict":"accept","findings":[]}""")]
    [InlineData("""{ "simulated": { "output": { "verdict": "reject", "findings": [ "x" ] } } }""", """{ "verdict": "reject", "findings": [ "x" ] }""")]
    public void StageTask_OfASimulatedReview_AcceptsUnlessThePlanSaysOtherwise(string review, string output)
    {
        var task = Read($$""" "agent": "X", "review": {{review}} """).Plan!.Tasks[0];
        Assert.Equal(output, StageTask.Of(task, TaskStage.Review, simulated: true).Simulated!.Output);
    }

    private static PlanReading Read(string task) => SamplePlans.Read($$"""
        { "name": "p", "version": 1,
          "agents": [ { "id": "C", "kind": "claude" }, { "id": "X", "kind": "codex" }, { "id": "Y", "kind": "codex" }, { "id": "G", "kind": "command" } ],
          "tasks": [ { "id": "t", {{task}} } ] }
        """);
}
