using Miyabi.Cli.View;
using Miyabi.Core.Runs;
using Miyabi.Core.Scheduling;
using Spectre.Console;

namespace Miyabi.Cli.Tests.View;

/// <summary>Looks at a run tell what its steps tell.</summary>
public sealed class RunChangesTests
{
    [Fact]
    public void Changes_SeenStepByStep_AreThePlainLinesOfTheSteps()
    {
        var (steps, changes) = (Lines(), Lines());
        var told = new RunProjection(SmallRun.Plan);
        var seen = new RunProjection(SmallRun.Plan);
        var plain = new PlainLines(steps.Console, told, TimeProvider.System, "");
        var looks = new RunChanges(changes.Console, seen.View(), TimeProvider.System, "");

        foreach (var step in SmallRun.Failing)
        {
            plain.Stepped(step);
            seen.Apply(step);
            looks.Tell(seen.View());
        }

        Assert.Equal(steps.Output.ToString(), changes.Output.ToString());
        Assert.Contains("finished", changes.Output.ToString());
    }

    [Fact]
    public void Changes_SeenAtOnce_TellStartsBeforeEnds()
    {
        var (console, output) = Lines();
        var run = new RunProjection(SmallRun.Plan);
        var looks = new RunChanges(console, run.View(), TimeProvider.System, "");
        run.Apply(SmallRun.Step(1, 0, [new StartDecision("T-1", 1, "A-1")]));
        run.Apply(SmallRun.Step(2, 3, [new StartDecision("T-2", 1, "A-1")], SmallRun.Ending("T-1", 1)));
        run.Apply(SmallRun.Step(3, 5, [new FinishDecision(RunOutcome.Succeeded)], SmallRun.Ending("T-2", 1)));

        looks.Tell(run.View());

        Assert.Equal(["started", "accepted", "started", "accepted", "finished"], output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line[10..].Split(' ')[0]));
        looks.Tell(run.View());
        Assert.Equal(5, output.ToString().Count(c => c == '\n'));
    }

    [Fact]
    public void Changes_BudgetIsReached_SayWhatThatMeans()
    {
        var (console, output) = Lines();
        var run = new RunProjection(SmallRun.Plan);
        var looks = new RunChanges(console, run.View(), TimeProvider.System, "");
        run.Apply(SmallRun.Step(1, 0, [new BudgetReachedDecision("5 of 5 US dollars are used.")]));

        looks.Tell(run.View());

        Assert.Contains("budget", output.ToString());
        Assert.Contains("Used up: nothing starts until it is raised.", output.ToString());
    }

    [Fact]
    public void Changes_SinceBeforeAnythingHappened_AreAllOfTheRun()
    {
        var (console, output) = Lines();
        var run = new RunProjection(SmallRun.Plan);
        foreach (var step in SmallRun.Failing)
            run.Apply(step);

        new RunChanges(console, RunChanges.Unbegun(run.View()), TimeProvider.System, "").Tell(run.View());

        Assert.Contains("failed", output.ToString());
        Assert.Contains("skipped", output.ToString());
        Assert.Contains("finished", output.ToString());
    }

    [Fact]
    public void Changes_ToAnApproval_SayHowToAnswer()
    {
        var (console, output) = Lines();
        var run = new RunProjection(SmallRun.Plan).View();
        var looks = new RunChanges(console, run, TimeProvider.System, " --url http://127.0.0.1:1");

        looks.Tell(run with { Step = 1, State = RunState.AwaitingApproval, Tasks = [run.Tasks[0] with { Phase = TaskPhase.Approval, Message = "Go\u001b[2J?" }, run.Tasks[1]] });

        Assert.Contains("approval?", output.ToString());
        Assert.Contains("Go[2J?", output.ToString());
        Assert.Contains("miyabi approve run-1 T-1 --url http://127.0.0.1:1", output.ToString());
    }

    private static (IAnsiConsole Console, StringWriter Output) Lines()
    {
        var output = new StringWriter { NewLine = "\n" };
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, ColorSystem = ColorSystemSupport.NoColors, Interactive = InteractionSupport.No, Out = new AnsiConsoleOutput(output) });
        console.Profile.Width = 120;
        return (console, output);
    }
}
