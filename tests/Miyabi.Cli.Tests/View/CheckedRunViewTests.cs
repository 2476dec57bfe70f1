using Miyabi.Cli.View;
using Miyabi.Core.Agents;
using Miyabi.Core.Ledger;
using Miyabi.Core.Plans;
using Miyabi.Core.Runs;
using Miyabi.Core.Scheduling;
using Spectre.Console;

namespace Miyabi.Cli.Tests.View;

/// <summary>How a task whose result is rejected once and then accepted is told and shown.</summary>
public sealed class CheckedRunViewTests
{
    private static readonly RunPlan Plan = RunPlan.Compile(
        new Plan
        {
            Name = "small",
            Agents = [new AgentSpec { Id = "A-1", Kind = AgentKind.Codex, Provider = "simulated" }, new AgentSpec { Id = "R-1", Kind = AgentKind.Claude, Provider = "simulated" }],
            Tasks =
            [
                new PlanTask
                {
                    Id = "T-1", Title = "Title", Agent = new AgentSelector("A-1", AgentKind.Codex), Retry = new RetryPolicy(),
                    Review = new CheckSpec { Agent = new AgentSelector("R-1", AgentKind.Claude) },
                },
            ],
        },
        "run-1",
        new RunOptions());

    private static readonly StepDocument[] Steps =
    [
        SmallRun.Step(1, 0, [new StartDecision("T-1", 1, "A-1")]),
        SmallRun.Step(2, 1, [new StartDecision("T-1~review-1", 1, "R-1")], Ended("T-1", 1, null) with { Awaits = TaskStage.Review }),
        SmallRun.Step(
            3, 2, [new RetryDecision("T-1", 2, NastyRun.Begin.AddSeconds(2), "Review 1 of 3 rejected it: no tests"), new StartDecision("T-1", 2, "A-1")],
            Ended("T-1~review-1", 1, new Verdict(false, ["no tests", "no docs"]))),
        SmallRun.Step(4, 3, [new StartDecision("T-1~review-2", 1, "R-1")], Ended("T-1", 2, null) with { Awaits = TaskStage.Review }),
        SmallRun.Step(5, 4, [new FinishDecision(RunOutcome.Succeeded)], Ended("T-1~review-2", 1, new Verdict(true, []))),
    ];

    [Fact]
    public void Lines_OfItsSteps_NameWhoMadeItAndWhoReviews()
    {
        var told = Told(new RunProjection(Plan), Steps);
        Assert.Equal(
            ["wave 1 of", "started T-1 A-1", "reviewing T-1 R-1", "rejected T-1 A-1", "started T-1 A-1", "reviewing T-1 R-1", "accepted T-1 A-1", "finished succeeded: 1"], told);
    }

    [Fact]
    public void Lines_FromWhileItIsReviewed_NameWhoMadeItInTheEnd()
    {
        var projection = new RunProjection(Plan);
        foreach (var step in Steps[..4])
            projection.Apply(step);
        Assert.Equal(["accepted T-1 A-1", "finished succeeded: 1"], Told(projection, Steps[4..]));
    }

    [Fact]
    public void Changes_SeenStepByStep_TellTheSame()
    {
        var (console, output) = Lines();
        var run = new RunProjection(Plan);
        var looks = new RunChanges(console, run.View(), TimeProvider.System, "");
        foreach (var step in Steps)
        {
            run.Apply(step);
            looks.Tell(run.View());
        }

        Assert.Equal(["wave", "started", "reviewing", "rejected", "started", "reviewing", "accepted", "finished"], Words(output).Select(line => line.Split(' ')[0]));
        Assert.Contains("Rejected by the review of attempt 1: no tests", output.ToString());
    }

    [Fact]
    public void Frame_WhileItIsWorkedOnAgain_SaysWhatWasFoundWrong()
    {
        var run = new RunProjection(Plan);
        foreach (var step in Steps[..3])
            run.Apply(step);
        Assert.Contains(Frame(run), line => line.StartsWith("  T-1  A-1    8.0s  round 2  Rejected by the review of attempt 1: no te", StringComparison.Ordinal));
    }

    [Fact]
    public void Frame_WhileItIsReviewed_ShowsTheReviewerAndTheRound()
    {
        var run = new RunProjection(Plan);
        foreach (var step in Steps[..4])
            run.Apply(step);
        Assert.Contains("  T-1  R-1    7.0s  reviewing, round 2  Title", Frame(run));
    }

    private static StepEnding Ended(string name, int attempt, Verdict? verdict) => new()
    {
        Ending = new Ending(name, attempt, null, AgentUsage.None) { Verdict = verdict },
        Result = "r",
        Payload = "p",
    };

    private static IEnumerable<string> Frame(RunProjection run) =>
        new RunFrame(new Look(true), 79, 23).Draw(run.View(), [], NastyRun.Begin.AddSeconds(10)).Select(line => line.ToString()!);

    // Time, what, which task, who: the rest may be cut.
    private static string[] Told(RunProjection run, StepDocument[] steps)
    {
        var (console, output) = Lines();
        var plain = new PlainLines(console, run, TimeProvider.System, "");
        foreach (var step in steps)
            plain.Stepped(step);
        return [.. Words(output).Select(line => string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries).Take(3)))];
    }

    private static IEnumerable<string> Words(StringWriter output) => output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line[10..]);

    private static (IAnsiConsole Console, StringWriter Output) Lines()
    {
        var output = new StringWriter { NewLine = "\n" };
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, ColorSystem = ColorSystemSupport.NoColors, Interactive = InteractionSupport.No, Out = new AnsiConsoleOutput(output) });
        console.Profile.Width = 100;
        return (console, output);
    }
}
