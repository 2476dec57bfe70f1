using Miyabi.Cli.View;
using Miyabi.Core.Ledger;
using Miyabi.Core.Runs;
using Miyabi.Core.Scheduling;

namespace Miyabi.Cli.Tests.View;

public sealed class LiveViewTests
{
    [Fact]
    public async Task Plain_RunWithEverything_OneLineForEachEvent()
    {
        var screen = Screen.Pipe();
        await using (var view = LiveView.Start(screen.Console, new RunProjection(SmallRun.Plan), new UtcClock()))
        {
            view.Stepped(SmallRun.Step(1, 0, [new StartDecision("T-1", 1, "A-1")]));
            view.Happened("run-1", new RunEvent(NastyRun.Begin, RunEventKind.Progress, "T-1", 1) { Fraction = 0.5, Message = "half" });
            view.Happened("run-1", new RunEvent(NastyRun.Begin.AddSeconds(1), RunEventKind.Quarantined, "T-1",
                1) { Message = "results/x: bad\u001b[2J" });
            view.Happened("other", new RunEvent(NastyRun.Begin, RunEventKind.Quarantined, "T-1", 1));
            view.Happened("run-1", new RunEvent(NastyRun.Begin.AddSeconds(1), RunEventKind.Undelivered, "", 0) { Message = "notify[0] (https://a.example) answered 404" });
            view.Stepped(SmallRun.Step(2, 2, [new RetryDecision("T-1", 2, NastyRun.Begin.AddSeconds(7), "no luck")],
                SmallRun.Ending("T-1", 1, "no luck")));
            view.Stepped(SmallRun.Step(3, 7, [new StartDecision("T-1", 2, "A-1")]));
            view.Stepped(SmallRun.Step(4, 9, [new AskDecision("T-2", "Shall it?", null)], SmallRun.Ending("T-1", 2)));
            view.Stepped(SmallRun.Step(5, 10, [new AnswerDecision("T-2", true, "fine"), new StartDecision("T-2", 1, "A-1")]) with
            {
                Controls = [new StepControl(1, "", new Control(ControlKind.Suspend, Reason: "lunch"))],
            });
            view.Stepped(SmallRun.Step(6, 70, [new FailDecision("T-2", "broke"), new FinishDecision(RunOutcome.Failed)],
                SmallRun.Ending("T-2", 1, "broke")));
        }

        Assert.Equal(
            """
            12:00:00  wave 1 of 2
            12:00:00  started        T-1  A-1  Title of T-1
            12:00:01  quarantined    T-1       results/x: bad[2J
            12:00:01  not told                 notify[0] (https://a.example) answered 404
            12:00:02  retry in 5.0s  T-1  A-1  no luck
            12:00:07  started        T-1  A-1  (attempt 2) Title of T-1
            12:00:09  accepted       T-1  A-1  2.0s
            12:00:09  wave 2 of 2
            12:00:09  approval?      T-2       Shall it?
            12:00:09                 miyabi approve run-1 T-2 (or reject)
            12:00:10  suspend                  lunch
            12:00:10  approved       T-2       fine
            12:00:10  started        T-2  A-1  Title of T-2
            12:01:10  failed         T-2  A-1  broke
            12:01:10  finished       failed: 1 of 2 accepted, 1 failed, 0 skipped, 1m10s

            """.ReplaceLineEndings("\n"),
            screen.Text);
    }

    [Fact]
    public async Task Plain_ProjectionThatIsFedBySomebodyElseToo_TellsEachThingOnce()
    {
        var (alone, shared) = (Screen.Pipe(), Screen.Pipe());
        await using (var view = LiveView.Start(alone.Console, new RunProjection(SmallRun.Plan), new UtcClock()))
            Array.ForEach(SmallRun.Failing, view.Stepped);
        var projection = new RunProjection(SmallRun.Plan);
        await using (var view = LiveView.Start(shared.Console, projection, new UtcClock()))
        {
            foreach (var step in SmallRun.Failing)
            {
                projection.Apply(step);
                view.Stepped(step);
            }
        }

        Assert.Equal(alone.Text, shared.Text);
    }

    [Fact]
    public async Task Plain_NastyRun_IsTame()
    {
        var screen = Screen.Pipe();
        var plan = NastyRun.Plan(5, 60);
        await using (var view = LiveView.Start(screen.Console, new RunProjection(plan), new UtcClock()))
        {
            foreach (var step in NastyRun.Steps(plan).Take(20))
                view.Stepped(step);
        }

        NastyRun.AssertTame(screen.Lines, 80);
        Assert.True(screen.Lines.Length > 10);
    }

    [Fact]
    public async Task Plain_ThousandsSkippedAtOnce_AreSummedUp()
    {
        var screen = Screen.Pipe();
        var plan = NastyRun.Plan(1, 100);
        await using (var view = LiveView.Start(screen.Console, new RunProjection(plan), new UtcClock()))
        {
            view.Stepped(new StepDocument
            {
                Run = plan.RunId,
                Step = 1,
                Owner = 1,
                Previous = "",
                At = NastyRun.Begin,
                Decisions = [.. plan.Plan.Tasks.Select(task => new SkipDecision(task.Id, "no"))],
            });
        }

        Assert.Equal(21, screen.Lines.Count(line => line.Contains("skipped", StringComparison.Ordinal)));
        Assert.Contains("and 80 more tasks", screen.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Live_OnATerminal_EndsWithTheLastPictureAndNeverClearsTheScreen()
    {
        var screen = Screen.Terminal();
        await using (var view = LiveView.Start(screen.Console, new RunProjection(SmallRun.Plan), new UtcClock()))
            Array.ForEach(SmallRun.Failing, view.Stepped);
        Assert.DoesNotContain("\u001b[2J", screen.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("\u001b[3J", screen.Text, StringComparison.Ordinal);
        var last = screen.Text[screen.Text.LastIndexOf("small", StringComparison.Ordinal)..];
        Assert.Contains("failed", last.Split('\n')[0], StringComparison.Ordinal);
        Assert.Contains("100 %", last, StringComparison.Ordinal);
        Assert.Contains("Out of luck.", last, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Live_WithANotice_ShowsItBelowThePictureTillItIsTakenBack()
    {
        var screen = Screen.Terminal();
        await using (var view = LiveView.Start(screen.Console, new RunProjection(SmallRun.Plan), new UtcClock()))
            view.Notice("Nobody is here.\u001b[2J");
        var last = screen.Text[screen.Text.LastIndexOf("small", StringComparison.Ordinal)..];
        Assert.EndsWith("Nobody is here.[2J\u001b[0m\n", last, StringComparison.Ordinal);

        screen = Screen.Terminal();
        await using (var view = LiveView.Start(screen.Console, new RunProjection(SmallRun.Plan), new UtcClock()))
        {
            view.Notice("Nobody is here.");
            view.Notice(null);
        }

        Assert.DoesNotContain("Nobody", screen.Text[screen.Text.LastIndexOf("small", StringComparison.Ordinal)..], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Live_WithANoticeOnALowTerminal_FitsTheHeight()
    {
        var screen = Screen.Terminal(40, 7);
        await using (var view = LiveView.Start(screen.Console, new RunProjection(SmallRun.Plan), new UtcClock()))
            view.Notice(string.Join(' ', Enumerable.Repeat("word", 200)));
        var last = screen.Text[screen.Text.LastIndexOf("small", StringComparison.Ordinal)..];
        Assert.Contains("word word", last, StringComparison.Ordinal);
        Assert.InRange(last.TrimEnd('\n').Split('\n').Length, 4, 6);
    }

    [Fact]
    public async Task Live_DisposedTwice_ShowsTheEndOnce()
    {
        var screen = Screen.Terminal();
        var view = LiveView.Start(screen.Console, new RunProjection(SmallRun.Plan), new UtcClock());
        await view.DisposeAsync();
        var once = screen.Text;
        await view.DisposeAsync();
        Assert.Equal(once, screen.Text);
    }

    private sealed class UtcClock : TimeProvider
    {
        public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;
    }
}
