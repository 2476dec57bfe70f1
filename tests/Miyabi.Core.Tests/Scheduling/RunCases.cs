using System.Collections.Immutable;
using FsCheck;
using FsCheck.Fluent;
using Miyabi.Core.Ledger;
using Miyabi.Core.Plans;

namespace Miyabi.Core.Tests.Scheduling;

/// <summary>Random plans of every shape, and the properties that must hold for whatever comes of them.</summary>
public static class RunCases
{
    private static readonly string[] Providers = ["simulated", "command", "claude-api"];

    /// <summary>Checks a property of runs on many random plans, always the same ones; a failure is shrunk by leaving tasks out.</summary>
    public static void Check(int cases, Action<RunCase> property) =>
        Prop.ForAll(Any, property).Check(Config.QuickThrowOnFailure.WithMaxTest(cases).WithReplay(20261, 7));

    /// <summary>Checks a property of finished runs.</summary>
    public static void CheckRuns(int cases, Action<RunTrace> property) => Check(cases, run => property(RunDriver.Play(run)));

    /// <summary>Checks a property of runs that were taken up again after their end, several times.</summary>
    public static void CheckRetriedRuns(int cases, Action<RunTrace> property) => Check(cases, run => property(RunDriver.Play(run, retries: 3)));

    /// <summary>Checks a property of finished runs of plans whose tasks have gates and reviews; taken up again so many times.</summary>
    public static void CheckReviewedRuns(int cases, Action<RunTrace> property, int retries = 0) =>
        Prop.ForAll(Cases(seed => WithChecks(Of(seed))), run => property(RunDriver.Play(run, retries))).Check(Config.QuickThrowOnFailure.WithMaxTest(cases).WithReplay(20262, 7));

    /// <summary>Checks a property of finished runs of such plans whose workers end in the middle of calls: rarely, or most of the time.</summary>
    public static void CheckInterruptedRuns(int cases, Action<RunTrace> property, int retries = 0) =>
        Prop.ForAll(Cases(seed => WithChecks(Of(seed)) with { InterruptedPercent = seed % 3 == 0 ? 80 : 15 }), run => property(RunDriver.Play(run, retries)))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(cases).WithReplay(20263, 7));

    private static Arbitrary<RunCase> Any { get; } = Cases(Of);

    private static Arbitrary<RunCase> Cases(Func<int, RunCase> make) => Arb.From(
        Gen.Choose(0, int.MaxValue - 1).Select(make),
        run => run.Plan.Tasks.Length == 1 ? [] : run.Plan.Tasks.Select(task => run.Without(task.Id)));

    private static RunCase WithChecks(RunCase run)
    {
        var random = new Random(run.Seed + 1);
        return run with { Plan = run.Plan with { Tasks = [.. run.Plan.Tasks.Select(task => WithChecks(task, run.Plan.Agents, random))] } };
    }

    // As the reader lets them be: a gate is a command, and nobody reviews what it made itself.
    private static PlanTask WithChecks(PlanTask task, ImmutableArray<AgentSpec> agents, Random random)
    {
        var gate = agents[random.Next(agents.Length)];
        var reviewer = agents[random.Next(agents.Length)];
        var review = new AgentSelector(random.Next(2) == 0 ? reviewer.Id : null, reviewer.Kind);
        var reviewsItself = review.Kind == task.Agent.Kind
            && ((review.Id is not null && review.Id == task.Agent.Id) || agents.Count(agent => agent.Kind == review.Kind) < 2);
        return task with
        {
            Gate = gate.Kind == AgentKind.Command && random.Next(2) == 0 ? Check(new AgentSelector(random.Next(2) == 0 ? gate.Id : null, gate.Kind)) : null,
            Review = !reviewsItself && random.Next(3) > 0 ? Check(review) : null,
        };

        CheckSpec Check(AgentSelector agent) => new()
        {
            Agent = agent,
            MaxRounds = random.Next(1, 4),
            Estimate = TimeSpan.FromSeconds(random.Next(3) * 10),
            Retry = new RetryPolicy { MaxAttempts = random.Next(1, 4), Backoff = TimeSpan.FromSeconds(random.Next(3) * 5) },
        };
    }

    private static RunCase Of(int seed)
    {
        var random = new Random(seed);
        var agents = Enumerable.Range(1, random.Next(1, 9)).Select(number => Agent(random, number)).ToImmutableArray();
        var plan = new Plan
        {
            Name = "random",
            Agents = agents,
            Tasks = Tasks(random, agents),
            Policy = new PlanPolicy
            {
                Schedule = random.Next(2) == 0 ? Schedule.Waves : Schedule.Ready,
                MaxParallel = random.Next(1, 9),
                OnFailure = random.Next(3) == 0 ? OnFailure.Stop : OnFailure.Continue,
                ProviderCaps = Providers.Where(_ => random.Next(4) == 0).ToImmutableSortedDictionary(name => name, _ => random.Next(1, 4)),
                Budget = new Budget(
                    random.Next(5) == 0 ? random.Next(1, 10) : null,
                    random.Next(5) == 0 ? random.Next(1, 1000) : null),
            },
        };
        var options = new RunOptions
        {
            Schedule = random.Next(4) == 0 ? Schedule.Waves : null,
            MaxParallel = random.Next(4) == 0 ? random.Next(1, 9) : null,
            Providers = agents.Where(_ => random.Next(3) == 0)
                .ToImmutableSortedDictionary(agent => agent.Id, _ => Providers[random.Next(Providers.Length)]),
            Reserves = random.Next(2) == 0 ? null : agents.Where(_ => random.Next(4) > 0).ToImmutableSortedDictionary(agent => agent.Id, _ => RunDriver.MostUsed),
        };
        return new RunCase(plan, options, seed);
    }

    private static AgentSpec Agent(Random random, int number) => new()
    {
        Id = $"A{number}",
        Kind = (AgentKind)random.Next(3),
        Provider = Providers[random.Next(Providers.Length)],
        Slots = Math.Max(1, random.Next(-2, 4)),
    };

    private static ImmutableArray<PlanTask> Tasks(Random random, ImmutableArray<AgentSpec> agents)
    {
        var count = random.Next(4) == 0 ? random.Next(1, 41) : random.Next(1, 13);
        var numbers = Enumerable.Range(1, count).ToArray();
        random.Shuffle(numbers);
        var ids = numbers.Select(number => $"t{number}").ToArray();
        var shape = random.Next(5);
        var width = random.Next(1, 6);
        var (approvals, failures) = (random.Next(3) == 0, random.Next(1, 5));
        var tasks = new PlanTask[count];
        for (var i = 0; i < count; i++)
        {
            var agent = agents[random.Next(agents.Length)];
            tasks[i] = new PlanTask
            {
                Id = ids[i],
                Title = ids[i],
                Agent = new AgentSelector(random.Next(2) == 0 ? agent.Id : null, agent.Kind),
                DependsOn = [.. Dependencies(random, shape, width, i).Select(dependency => ids[dependency])],
                Priority = random.Next(3) == 0 ? random.Next(-2, 3) : 0,
                Estimate = TimeSpan.FromSeconds(random.Next(4) * 10),
                Retry = new RetryPolicy
                {
                    MaxAttempts = random.Next(1, failures + 2),
                    Backoff = TimeSpan.FromSeconds(random.Next(4) * 5),
                    Factor = 1 + (random.Next(4) * 0.5),
                    MaxBackoff = TimeSpan.FromSeconds(random.Next(2) == 0 ? 12 : 3600),
                },
                Approval = approvals && random.Next(4) == 0 ? Approval(random) : null,
            };
        }

        random.Shuffle(tasks);
        return [.. tasks];
    }

    private static ApprovalSpec Approval(Random random) =>
        new("Go on?", random.Next(2) == 0 ? TimeSpan.FromSeconds(random.Next(1, 60)) : null, random.Next(2) == 0);

    // Which of the tasks before number i it depends on: nothing, a chain, diamonds in layers, sparse, dense.
    private static IEnumerable<int> Dependencies(Random random, int shape, int width, int i) => shape switch
    {
        0 => [],
        1 => i < width ? [] : [i - width],
        2 => Enumerable.Range(0, i).Where(other => other / width == (i / width) - 1),
        3 => Enumerable.Range(0, i).Where(_ => random.Next(i + 2) < 2),
        _ => Enumerable.Range(0, i).Where(_ => random.Next(2) == 0),
    };
}
