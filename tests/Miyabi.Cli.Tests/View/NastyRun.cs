using Miyabi.Cli.View;
using Miyabi.Core.Agents;
using Miyabi.Core.Ledger;
using Miyabi.Core.Plans;
using Miyabi.Core.Runs;
using Miyabi.Core.Scheduling;
using Spectre.Console.Rendering;

namespace Miyabi.Cli.Tests.View;

/// <summary>A run in which every text is as long, as wide and as hostile as it may be.</summary>
internal static class NastyRun
{
    internal static readonly DateTimeOffset Begin = new(2026, 1, 31, 12, 0, 0, TimeSpan.Zero);

    internal static readonly string Text = string.Concat(Enumerable.Repeat("[red]宮[/]\u001b[2J\u202eab\r\n\u0007é\ud800👍🏽", 12));

    internal static RunPlan Plan(int agents, int tasks) => RunPlan.Compile(
        new Plan
        {
            Name = Text[..100],
            Description = Text,
            Agents = [.. Enumerable.Range(0, agents)
                .Select(i => new AgentSpec { Id = Id("a", i), Kind = AgentKind.Codex, Provider = "simulated" })],
            Tasks =
            [
                .. Enumerable.Range(0, tasks).Select(i => new PlanTask
                {
                    Id = Id("t", i),
                    Title = Text[..200],
                    Agent = new AgentSelector(Id("a", i % agents), AgentKind.Codex),
                    DependsOn = i < agents ? [] : [Id("t", i - agents)],
                    Approval = i % 7 == 6 ? new ApprovalSpec(Text, null, false) : null,
                }),
            ],
            Policy = new PlanPolicy { MaxParallel = 50 },
        },
        Id("r", 0),
        new RunOptions());

    internal static string Id(string kind, int number) => $"{kind}{number:000}{new string('x', 60)}";

    /// <summary>The run after some steps, in which some attempts fail, some for good, and some go on.</summary>
    internal static RunProjection Run(RunPlan plan, int steps)
    {
        var projection = new RunProjection(plan);
        foreach (var step in Steps(plan).Take(steps))
            projection.Apply(step);
        foreach (var task in projection.View().Tasks)
            projection.Apply(new RunEvent(Begin.AddHours(1), RunEventKind.Progress, task.Id, task.Attempt) { Fraction = 0.5,
                Message = Text });
        return projection;
    }

    internal static IEnumerable<StepDocument> Steps(RunPlan plan)
    {
        var (state, now) = (SchedulerState.Start(plan), Begin);
        List<Ending> endings = [];
        for (var step = 1; state.Outcome is null && step < 100; step++)
        {
            now += TimeSpan.FromSeconds(4.2);
            var turn = Scheduler.Advance(plan, state, endings, [], now);
            state = turn.State;
            yield return new StepDocument
            {
                Run = plan.RunId,
                Step = step,
                Owner = 1,
                Previous = "",
                At = now,
                Endings = [.. endings.Select(ending => new StepEnding { Ending = ending })],
                Decisions = turn.Decisions,
            };
            endings = [.. state.Running.Where(task => task % 5 != 4).Select(task => new Ending(
                plan.Plan.Tasks[task].Id,
                state.Tasks[task].Attempt,
                (task % 5) switch { 2 => new(FailureKind.Failed, Text, null), 3 => new(FailureKind.Refused, Text, null), _ => null },
                new AgentUsage(1, 2, 0.5m)))];
        }
    }

    /// <summary>No line is wider than a console, and nothing in it steers a terminal or is out of order.</summary>
    internal static void AssertTame(IEnumerable<string> lines, int width) => Assert.All(lines, line =>
    {
        Assert.InRange(new Segment(line).CellCount(), 0, width);
        Assert.DoesNotContain(line, c => char.IsControl(c) || c is '\u202e' || char.IsSurrogate(c)
            && !line.Contains("👍", StringComparison.Ordinal));
    });

    internal static void AssertTame(List<Line> lines, int width) => AssertTame(lines.Select(line => line.ToString()), width);
}
