using Miyabi.Cli.View;
using Miyabi.Core.Plans;
using Miyabi.Core.Runs;
using Miyabi.Core.Scheduling;

namespace Miyabi.Cli.Tests.View;

public sealed class RunFrameTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 5)]
    [InlineData(15, 40)]
    [InlineData(60, 300)]
    public void Draw_NastyRun_FitsWidthAndHeight(int agents, int tasks)
    {
        var plan = NastyRun.Plan(agents, tasks);
        foreach (var steps in new[] { 0, 1, 2, 5, 100 })
        {
            var projection = NastyRun.Run(plan, steps);
            foreach (var (width, height) in new[] { (79, 23), (119, 39), (40, 10), (20, 4) })
            {
                var lines = Draw(projection, width, height);
                Assert.InRange(lines.Count, 3, height);
                NastyRun.AssertTame(lines, width);
            }
        }
    }

    [Fact]
    public void Draw_ReferenceRun_ShowsWhatTheReferenceDashboardShowed()
    {
        var projection = new RunProjection(Plan(3));
        projection.Apply(SmallRun.Step(1, 0, [.. Enumerable.Range(1, 3).Select(i => new StartDecision($"T-{i}", 1, $"A-{i}"))]));
        projection.Apply(SmallRun.Step(2, 4.2, [], SmallRun.Ending("T-1", 1), SmallRun.Ending("T-2", 1)));
        projection.Apply(new RunEvent(NastyRun.Begin, RunEventKind.Progress, "T-3", 1) { Fraction = 0.5, Message = "half [done]" });
        var text = Draw(projection, 79, 23).Select(line => line.ToString()).ToList();
        Assert.StartsWith("small  run-1", text[0], StringComparison.Ordinal);
        Assert.EndsWith("running", text[0], StringComparison.Ordinal);
        Assert.Matches("^━+─+  41 %   14.0s$", text[1]);
        Assert.Matches("^2 completed  1 in progress  3 pending  0 failed  0 skipped +wave 1 of 2$", text[2]);
        Assert.Contains("  A-3  codex  busy  ━━━━━─────   50 %  T-3 Title of T-3", text);
        Assert.Contains("  T-3  A-3   14.0s  half [done]", text);
        Assert.Contains("  T-1  accepted  A-1    4.2s  Title of T-1", text);
        Assert.Contains("  T-4  A-1  Title of T-4", text);
        Assert.Equal(["Agents", "Active", "Recently completed", "Next up"],
            text.Where(line => line.Length > 0 && char.IsLetter(line[0])).Skip(1));
    }

    [Fact]
    public void Draw_MoreAgentsThanRows_BusyOnesFirstAndTheRestCounted()
    {
        var projection = new RunProjection(Plan(30, last: true));
        foreach (var step in NastyRun.Steps(projection.Plan).Take(1))
            projection.Apply(step);
        var text = Draw(projection, 79, 23).Select(line => line.ToString()).ToList();
        var agents = text.SkipWhile(line => line != "Agents").Skip(1)
            .TakeWhile(line => line.StartsWith("  ", StringComparison.Ordinal)).ToList();
        Assert.StartsWith("  A-30 ", agents[0], StringComparison.Ordinal);
        Assert.Equal($"  … and {30 - (agents.Count - 1)} more", agents[^1]);
    }

    [Fact]
    public void Draw_MoreCompletedThanShown_CountsTheRest()
    {
        var projection = new RunProjection(Plan(6));
        projection.Apply(SmallRun.Step(1, 0, [.. Enumerable.Range(1, 6).Select(i => new StartDecision($"T-{i}", 1, $"A-{i}"))]));
        projection.Apply(SmallRun.Step(2, 4, [], [.. Enumerable.Range(1, 6).Select(i => SmallRun.Ending($"T-{i}", 1))]));
        var text = Draw(projection, 79, 39).Select(line => line.ToString()).ToList();
        var recent = text.SkipWhile(line => line != "Recently completed").Skip(1).TakeWhile(line => line.Length > 0).ToList();
        Assert.Equal((5, "  … and 2 more"), (recent.Count, recent[^1]));
    }

    [Fact]
    public void Draw_WithoutUnicode_IsAscii()
    {
        var lines = new RunFrame(new Look(false), 79, 23).Draw(new RunProjection(Plan(30)).View(), [], NastyRun.Begin);
        Assert.All(lines, line => Assert.All(line.ToString(), c => Assert.InRange(c, ' ', '~')));
    }

    private static List<Line> Draw(RunProjection projection, int width, int height) =>
        new RunFrame(new Look(true), width, height).Draw(projection.View(), projection.Next(5), NastyRun.Begin.AddSeconds(14));

    // As many tasks again as agents, each after the one before it on the same agent; or a single one, for the last agent.
    private static RunPlan Plan(int agents, bool last = false) => RunPlan.Compile(
        new Plan
        {
            Name = "small",
            Agents = [.. Enumerable.Range(1, agents)
                .Select(i => new AgentSpec { Id = $"A-{i}", Kind = AgentKind.Codex, Provider = "simulated" })],
            Tasks = last ? [Task(5, agents, null)]
                : [.. Enumerable.Range(1, agents * 2).Select(i => Task(i, i > agents ? i - agents : i, i > agents ? i - agents : null))],
        },
        "run-1",
        new Miyabi.Core.Ledger.RunOptions());

    private static PlanTask Task(int number, int agent, int? after) => new()
    {
        Id = $"T-{number}",
        Title = $"Title of T-{number}",
        Agent = new AgentSelector($"A-{agent}", AgentKind.Codex),
        DependsOn = after is null ? [] : [$"T-{after}"],
    };
}
