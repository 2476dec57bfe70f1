using System.Text;
using Miyabi.Cli.Doctor;
using Miyabi.Cli.View;
using Miyabi.Core.Runs;
using Miyabi.Core.Scheduling;
using Miyabi.Core.Verification;

namespace Miyabi.Cli.Tests.View;

public sealed class RendererTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(100)]
    public void Summary_NastyRun_IsTame(int steps)
    {
        var screen = Screen.Pipe();
        var view = NastyRun.Run(NastyRun.Plan(15, 300), steps).View();
        RunSummaryRenderer.Render(screen.Console, view);
        NastyRun.AssertTame(screen.Lines, 80);
        Assert.Contains(view.Run, screen.Text, StringComparison.Ordinal);
        Assert.Contains("… and 100 more; --json has all", screen.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Summary_Ended_SaysWhatFailedAndWhy()
    {
        var screen = Screen.Pipe();
        RunSummaryRenderer.Render(screen.Console, Ended());
        Assert.Matches("(?m)^T-1 +failed +1  A-1    4.2s  Out of luck.$", screen.Text);
        Assert.Matches("(?m)^T-2 +skipped +A-1 +It depends on T-1, which failed.$", screen.Text);
        Assert.Matches("(?m)^A-1 +codex +simulated +0 +1$", screen.Text);
    }

    [Fact]
    public void End_SaysWhatFailedAndHowToGoOn()
    {
        var screen = Screen.Pipe();
        RunSummaryRenderer.RenderEnd(screen.Console, Ended(), " --store elsewhere");
        Assert.Equal(
            """

            Run failed in 4.2s: 0 of 2 tasks accepted, 1 failed, 1 skipped.
              T-1  failed   Out of luck.
              T-2  skipped  It depends on T-1, which failed.
              Results:  miyabi results run-1 --store elsewhere
              Proof:    miyabi verify run-1 --store elsewhere
              Again:    miyabi retry run-1 --store elsewhere

            """.ReplaceLineEndings("\n"),
            screen.Text);
    }

    [Fact]
    public void List_ShortIds_OneLineEach()
    {
        var screen = Screen.Pipe();
        RunListRenderer.Render(screen.Console, [Summary("hello-1", "hello"), Summary("hello-2", "hello")]);
        Assert.Equal(
            """
            Run      State      Tasks  Started (UTC)     Took
            hello-1  succeeded    3/3  2026-01-31 12:00  3.0s
            hello-2  succeeded    3/3  2026-01-31 12:00  3.0s

            """.ReplaceLineEndings("\n"),
            screen.Text);
    }

    [Fact]
    public void List_LongIdsAndReasons_NothingOfAnIdIsCut()
    {
        var screen = Screen.Pipe();
        RunListRenderer.Render(screen.Console, [Summary(NastyRun.Id("r", 1), NastyRun.Text),
            new RunSummary { Run = "bad", State = RunState.Unreadable, Reason = NastyRun.Text }]);
        NastyRun.AssertTame(screen.Lines, 80);
        Assert.Contains(NastyRun.Id("r", 1), screen.Lines);
        Assert.Contains("bad cannot be read:", screen.Lines);
    }

    [Fact]
    public void List_NoRuns_SaysSo()
    {
        var screen = Screen.Pipe();
        RunListRenderer.Render(screen.Console, []);
        Assert.Equal("There are no runs in this store.\n", screen.Text);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(15, 400)]
    public void Plan_Nasty_IsTame(int agents, int tasks)
    {
        var screen = Screen.Pipe();
        var plan = NastyRun.Plan(agents, tasks);
        PlanRenderer.Render(screen.Console, plan, CriticalPath.Of(plan), Forecast.Of(plan));
        NastyRun.AssertTame(screen.Lines, 80);
    }

    [Fact]
    public void Verification_Proven_SaysSoWithItsRoots()
    {
        var screen = Screen.Pipe();
        VerificationRenderer.Render(screen.Console, Report([]));
        Assert.Contains($"Root         {new string('b', 64)}", screen.Lines);
        Assert.Equal("proven: the run succeeded, and every document is what was sealed.", screen.Lines[^2]);
    }

    [Fact]
    public void Verification_Findings_AreToldByPath()
    {
        var screen = Screen.Pipe();
        VerificationRenderer.Render(screen.Console,
            Report([new("runs/r/steps/2.json", FindingKind.BrokenChain, "No."),
                new("runs/r/plan.json", FindingKind.Altered, NastyRun.Text)]));
        NastyRun.AssertTame(screen.Lines, 80);
        var paths = screen.Lines.Where(line => line.Contains("runs/r/", StringComparison.Ordinal));
        Assert.Equal(["altered      runs/r/plan.json", "broken chain runs/r/steps/2.json"], paths);
        Assert.Equal("not proven: 2 documents are wrong.", screen.Lines[^2]);
    }

    [Fact]
    public void Verification_OfARunThatGoesOn_IsNotProven()
    {
        var screen = Screen.Pipe();
        VerificationRenderer.Render(screen.Console, Report([]) with { HasEnded = false });
        Assert.StartsWith("not proven: ", screen.Lines[^2], StringComparison.Ordinal);
    }

    [Fact]
    public void Verification_OnATerminal_IsGreenOrRed()
    {
        var (good, bad) = (Screen.Terminal(), Screen.Terminal());
        VerificationRenderer.Render(good.Console, Report([]));
        VerificationRenderer.Render(bad.Console, Report([new("x", FindingKind.Missing, "No.")]));
        Assert.Contains("\u001b[38;5;2mproven", good.Text, StringComparison.Ordinal);
        Assert.Contains("\u001b[38;5;9mnot proven", bad.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Doctor_Findings_AreATableWithCures()
    {
        var screen = Screen.Pipe();
        DoctorRenderer.Render(screen.Console, new Diagnosis(
            [CheckResult.Ok(".NET", "10.0.1"), CheckResult.Missing("home", $"{new string('x', 60)} can be written by others", "chmod 700 'x'"), CheckResult.Warning("disk", "low", "Make room.")],
            [Found(LeftoverKind.Workspace, "r", "r/T-1/1", 2048, LeftoverState.Found), Found(LeftoverKind.Rehearsal, null, "miyabi-rehearsal-1", 1, LeftoverState.Removed)],
            [new Unreadable("run bad", "It is spoilt.", "Look at it.")],
            NastyRun.Begin), " --store s");
        Assert.Equal(
            $"""
            Check  State    Found
            .NET   ok       10.0.1
            home   missing  {new string('x', 60)} can
                            be written by others
                            Cure: chmod 700 'x'
            disk   warning  low
                            Cure: Make room.

            1 thing that a run needs is missing. 1 warning.

            Leftover   Run  Name                Age     Size
            workspace  r    r/T-1/1              3d    2 KiB
            rehearsal  –    miyabi-rehearsal-1   3d  1 bytes  removed

            1 leftover (2 KiB) can be removed.
            1 leftover (1 bytes) removed.

            run bad cannot be looked at:
              It is spoilt. Look at it.

            Remove them: miyabi doctor --clean --store s

            """.ReplaceLineEndings("\n"),
            screen.Text);
    }

    [Fact]
    public void Doctor_NastyFindings_AreTame()
    {
        var screen = Screen.Pipe();
        DoctorRenderer.Render(screen.Console, new Diagnosis(
            [.. Enum.GetValues<CheckState>().Select(state => new CheckResult("check", state, NastyRun.Text, NastyRun.Text))],
            [.. Enumerable.Range(0, 150).Select(i => Found((LeftoverKind)(i % 5), NastyRun.Id("r", i), NastyRun.Text, long.MaxValue / 1000, (LeftoverState)(i % 4)))],
            [new Unreadable(NastyRun.Text, NastyRun.Text, NastyRun.Text)],
            NastyRun.Begin), "");
        NastyRun.AssertTame(screen.Lines, 80);
        Assert.Contains("… and 50 more; --json has all", screen.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, "0 bytes")]
    [InlineData(1023, "1023 bytes")]
    [InlineData(1024, "1 KiB")]
    [InlineData(1024 * 1024 - 1, "1023.9 KiB")]
    [InlineData(100L * 1024 * 1024, "100 MiB")]
    [InlineData(long.MaxValue, "8192 PiB")]
    public void Size_OfBytes_IsRoundedDown(long bytes, string expected) => Assert.Equal(expected, Size.Of(bytes));

    [Fact]
    public void Look_ByEncoding_TakesBars()
    {
        Assert.False(Look.Of(Screen.Pipe(encoding: Encoding.Latin1).Console).Unicode);
        Assert.True(Look.Of(Screen.Pipe().Console).Unicode);
    }

    private static VerificationReport Report(Finding[] findings) => new()
    {
        Run = "r",
        HasEnded = true,
        Outcome = RunOutcome.Succeeded,
        Documents = 5,
        Artifacts = 1,
        ContentRoot = new string('a', 64),
        Root = new string('b', 64),
        Keys = [new string('c', 32)],
        Findings = [.. findings],
    };

    private static Leftover Found(LeftoverKind kind, string? run, string name, long bytes, LeftoverState state) =>
        new(kind, run, name, NastyRun.Begin.AddDays(-3), bytes, null, _ => Task.FromResult(true)) { State = state };

    private static RunSummary Summary(string run, string plan) => new()
    {
        Run = run,
        Plan = plan,
        State = RunState.Succeeded,
        StartedAt = NastyRun.Begin,
        EndedAt = NastyRun.Begin.AddSeconds(3),
        Counts = new RunCounts(3, 3, 0, 0, 0, 0, 0),
    };

    private static RunView Ended()
    {
        var projection = new RunProjection(SmallRun.Plan);
        foreach (var step in SmallRun.Failing)
            projection.Apply(step);
        return projection.View();
    }
}
