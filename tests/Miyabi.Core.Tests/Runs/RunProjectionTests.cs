using FsCheck;
using FsCheck.Fluent;
using Miyabi.Core.Agents;
using Miyabi.Core.Ledger;
using Miyabi.Core.Plans;
using Miyabi.Core.Runs;
using Miyabi.Core.Scheduling;

namespace Miyabi.Core.Tests.Runs;

public sealed class RunProjectionTests
{
    private static readonly DateTimeOffset Begin = ScriptedRun.Begin;

    [Fact]
    public void View_AfterEachStepOfRandomRuns_CountsAsTheScheduler() => OnRandomRuns(seed =>
    {
        var run = new ScriptedRun(seed);
        var projection = new RunProjection(run.Plan);
        foreach (var (step, state) in run.Steps.Zip(run.States))
        {
            projection.Apply(step);
            var view = projection.View();
            Assert.Equal(
                (state.Accepted, state.Failed, state.Skipped, state.Running.Count, state.AwaitingAnswer, state.Usage),
                (view.Counts.Accepted, view.Counts.Failed, view.Counts.Skipped, view.Counts.Running, view.Counts.AwaitingApproval,
                    view.Usage));
            var phases = view.Tasks.CountBy(task => task.Phase).ToDictionary();
            Assert.Equal(view.Counts.Running, phases.GetValueOrDefault(TaskPhase.Running));
            Assert.Equal(view.Counts.Accepted, phases.GetValueOrDefault(TaskPhase.Accepted));
            Assert.Equal(view.Counts.Running, view.Agents.Sum(agent => agent.Tasks.Length));
            Assert.Equal(view.Counts.Accepted, view.Agents.Sum(agent => agent.Accepted));
            Assert.Equal(Math.Min(state.Wave + 1, run.Plan.Waves.Length), view.Wave);
            Assert.All(view.Tasks, task => Assert.Equal(task.HasEnded, task.EndedAt is not null));
            Assert.Equal(view.Counts.Total, view.Counts.Ended + view.Counts.Running + view.Counts.Pending + view.Counts.AwaitingApproval);
        }

        Assert.True(projection.View() is { HasEnded: true, Progress: 1, EndedAt: not null });
        Assert.Equal(
            run.Steps.Sum(step => step.Endings.Count(ending => ending.Ending.Failure is not null)),
                projection.View().Agents.Sum(agent => agent.FailedAttempts));
        var all = projection.View();
        Assert.Equal(all.Usage, all.Tasks.Select(task => task.Usage ?? AgentUsage.None).Aggregate(AgentUsage.None, (sum, usage) => sum.Plus(usage)));
        Assert.Equal(all.Usage, all.Agents.Select(agent => agent.Usage ?? AgentUsage.None).Aggregate(AgentUsage.None, (sum, usage) => sum.Plus(usage)));
    });

    [Fact]
    public void Apply_StepsInAnyOrderAndTwice_GivesTheSameView() => OnRandomRuns(seed =>
    {
        var run = new ScriptedRun(seed);
        var (inOrder, shuffled) = (new RunProjection(run.Plan), new RunProjection(run.Plan));
        run.Steps.ForEach(inOrder.Apply);
        var steps = run.Steps.Concat(run.Steps).ToArray();
        new System.Random(seed).Shuffle(steps);
        Array.ForEach(steps, shuffled.Apply);
        Assert.Equal(Describe(inOrder.View()), Describe(shuffled.View()));
    });

    [Fact]
    public void Apply_AnyEvents_ChangeNoPhaseAndNoCount() => OnRandomRuns(seed =>
    {
        var run = new ScriptedRun(seed);
        var random = new System.Random(seed);
        var (without, with) = (new RunProjection(run.Plan), new RunProjection(run.Plan));
        foreach (var step in run.Steps)
        {
            for (var i = 0; i < 5; i++)
            {
                with.Apply(new RunEvent(Begin.AddSeconds(random.Next(-100, 1000)), (RunEventKind)random.Next(5), $"T-{random.Next(20)}",
                    random.Next(-1, 6))
                {
                    Agent = "nobody",
                    Fraction = random.Next(3) == 0 ? double.NaN : (random.NextDouble() * 3) - 1,
                    Message = "m",
                });
            }

            without.Apply(step);
            with.Apply(step);
            var (plain, told) = (without.View(), with.View());
            Assert.Equal(plain.Counts, told.Counts);
            Assert.Equal(plain.State, told.State);
            Assert.Equal(plain.Tasks.Select(task => (task.Phase, task.Attempt, task.Agent, task.EndedAt)),
                told.Tasks.Select(task => (task.Phase, task.Attempt, task.Agent, task.EndedAt)));
            Assert.All(told.Tasks, task => Assert.InRange(task.Progress, 0, 1));
            Assert.All(told.Tasks, task => Assert.False(task.StartedAt > task.EndedAt));
        }
    });

    [Fact]
    public void Apply_EventBeforeItsStep_IsShownOnceTheStepIsThere()
    {
        var projection = new RunProjection(Two());
        projection.Apply(Progress("T-1", 1, 0.4, 5));
        Assert.Equal(0, projection.View().Tasks[0].Progress);

        projection.Apply(Step(1, [new StartDecision("T-1", 1, "A-1")]));

        var view = projection.View();
        Assert.Equal((0.4, "at 0.4"), (view.Tasks[0].Progress, view.Tasks[0].Message));
        Assert.Equal((true, 0.4), (view.Agents[0].Busy, view.Agents[0].Progress));
        Assert.Equal(0.2, view.Progress, 3);
    }

    [Fact]
    public void Apply_EventsOutOfOrder_TheLatestWins()
    {
        var projection = new RunProjection(Two());
        projection.Apply(Step(1, [new StartDecision("T-1", 1, "A-1")]));
        projection.Apply(Progress("T-1", 1, 0.8, 9));
        projection.Apply(Progress("T-1", 1, 0.3, 5));
        Assert.Equal((0.8, "at 0.8"), (projection.View().Tasks[0].Progress, projection.View().Tasks[0].Message));
    }

    [Fact]
    public void Apply_MessageWithoutEnd_IsCut()
    {
        var projection = new RunProjection(Two());
        projection.Apply(Step(1, [new StartDecision("T-1", 1, "A-1")]));
        projection.Apply(Progress("T-1", 1, 0.8, 9) with { Message = new string('x', 1_000_000) });
        Assert.Equal(500, projection.View().Tasks[0].Message!.Length);
    }

    [Fact]
    public void Apply_EventsOfAnEarlierAttempt_AreNotShownOfTheNext()
    {
        var projection = new RunProjection(Two());
        projection.Apply(Step(1, [new StartDecision("T-1", 1, "A-1")]));
        projection.Apply(Progress("T-1", 1, 0.8, 3));
        projection.Apply(Step(2, [new RetryDecision("T-1", 2, Begin.AddSeconds(9), "no"), new StartDecision("T-1", 2, "A-2")],
            Failed("T-1", 1)));
        projection.Apply(Progress("T-1", 1, 0.9, 4));
        var task = projection.View().Tasks[0];
        Assert.Equal((2, "A-2", 0.0, null, "no"), (task.Attempt, task.Agent, task.Progress, task.Message, task.Reason));
    }

    [Fact]
    public void View_OfATaskThatWaitsForItsNextAttempt_SaysWhenAndWhy()
    {
        var projection = new RunProjection(Two());
        projection.Apply(Step(1, [new StartDecision("T-1", 1, "A-1")]));
        projection.Apply(Step(2, [new RetryDecision("T-1", 2, Begin.AddSeconds(9), "no")], Failed("T-1", 1)));
        var task = projection.View().Tasks[0];
        Assert.Equal((TaskPhase.Backoff, Begin.AddSeconds(9), "no"), (task.Phase, task.NextAttemptAt, task.Reason));
        Assert.Equal(1, projection.View().Agents[0].FailedAttempts);
    }

    [Fact]
    public void View_WhenAgentsSayAllIsDone_IsNotAtTheEnd()
    {
        var projection = new RunProjection(RunPlan.Compile(Two().Plan with { Tasks = [ScriptedRun.Task("T-1", "A-1")] }, "run-1",
            new RunOptions()));
        projection.Apply(Step(1, [new StartDecision("T-1", 1, "A-1")]));
        projection.Apply(Progress("T-1", 1, 1, 3));
        Assert.InRange(projection.View().Progress, 0.9, 0.9999);
    }

    [Fact]
    public void View_BeforeTheFirstStep_Waits()
    {
        var view = new RunProjection(Two()).View();
        Assert.Equal((RunState.Waiting, 1, 2, null), (view.State, view.Wave, view.Waves, view.StartedAt));
    }

    [Fact]
    public void Apply_StepOfAnotherRun_IsIgnored()
    {
        var projection = new RunProjection(Two());
        projection.Apply(Step(1, [new StartDecision("T-1", 1, "A-1")]) with { Run = "other" });
        Assert.Equal(0, projection.View().Step);
    }

    [Fact]
    public void Apply_EventOfTheRunAsAWhole_ChangesNothing()
    {
        var projection = new RunProjection(Two());
        var before = projection.View();
        projection.Apply(new RunEvent(DateTimeOffset.UnixEpoch, RunEventKind.Undelivered, "", 0) { Message = "nobody there" });
        Assert.Equivalent(before, projection.View());
    }

    [Fact]
    public void Read_EventOfAKindThatALaterVersionHas_IsNone() =>
        Assert.Null(RunEventLine.Read("""{"at":"2026-01-31T12:00:00.0000000Z","kind":"somethingNew","task":"","attempt":0}"""u8));

    [Fact]
    public void Next_ReadyOnesFirstThenByWave()
    {
        var projection = new RunProjection(RunPlan.Compile(
            Two().Plan with { Tasks = [ScriptedRun.Task("late", "A-1", "b"), ScriptedRun.Task("b", "A-1") with { Priority = 5 },
                ScriptedRun.Task("a", "A-1") with { Priority = 9 }] },
            "run-1",
            new RunOptions()));
        Assert.Equal(["b", "a", "late"], projection.Next(5).AsEnumerable());
        Assert.Equal(["b"], projection.Next(1).AsEnumerable());
        projection.Apply(Step(1, [new StartDecision("b", 1, "A-1")]));
        Assert.Equal(["a", "late"], projection.Next(5).AsEnumerable());
    }

    private static void OnRandomRuns(Action<int> check) =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(150), Prop.ForAll(Gen.Choose(0, int.MaxValue - 1).ToArbitrary(), check));

    private static string Describe(RunView view) =>
        string.Join('\n', view.Tasks.Select(task => task.ToString())
            .Concat(view.Agents.Select(agent => $"{agent.Id} {agent.Accepted} {agent.FailedAttempts}"))
            .Append($"{view.Counts} {view.State} {view.Step} {view.EndedAt}"));

    private static RunPlan Two() => RunPlan.Compile(
        new Plan { Name = "two", Agents = [ScriptedRun.Agent("A-1"), ScriptedRun.Agent("A-2")],
            Tasks = [ScriptedRun.Task("T-1", "A-1"), ScriptedRun.Task("T-2", "A-1", "T-1")] },
        "run-1",
        new RunOptions());

    private static StepDocument Step(int number, Decision[] decisions, params StepEnding[] endings) => new()
    {
        Run = "run-1",
        Step = number,
        Owner = 1,
        Previous = "",
        At = Begin.AddSeconds(number),
        Decisions = [.. decisions],
        Endings = [.. endings],
    };

    private static StepEnding Failed(string task, int attempt) =>
        new() { Ending = new Ending(task, attempt, new EndingFailure(FailureKind.Failed, "no", null), AgentUsage.None) };

    private static RunEvent Progress(string task, int attempt, double fraction, int second) =>
        new(Begin.AddSeconds(second), RunEventKind.Progress, task, attempt) { Fraction = fraction, Message = $"at {fraction}" };
}
