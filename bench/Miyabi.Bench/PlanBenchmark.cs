using System.Collections.Immutable;
using System.Diagnostics;
using Miyabi.Core.Agents;
using Miyabi.Core.Ledger;
using Miyabi.Core.Plans;
using Miyabi.Core.Scheduling;

namespace Miyabi.Bench;

/// <summary>A plan by itself: read and validated, then every decision of its run, each ending at once.</summary>
internal static class PlanBenchmark
{
    internal static async Task<string> MeasureAsync(BenchOptions options)
    {
        var file = options.Shape.Plan();
        List<double> reading = [], scheduling = [];
        var dependencies = 0;
        var measured = await Measured.OfAsync(options.Repeats, () =>
        {
            GC.Collect();
            var began = Stopwatch.GetTimestamp();
            var plan = PlanReader.Read(file).Plan ?? throw new InvalidOperationException("The plan has errors.");
            var read = Stopwatch.GetElapsedTime(began);
            Decide(RunPlan.Compile(plan, "bench", new RunOptions { Schedule = options.Schedule, Providers = ImmutableSortedDictionary<string, string>.Empty.Add("agent", BenchProvider.ProviderName) }));
            var took = Stopwatch.GetElapsedTime(began);
            reading.Add(read.TotalMilliseconds);
            scheduling.Add((took - read).TotalMilliseconds);
            dependencies = plan.Tasks.Sum(task => task.DependsOn.Length);
            return Task.FromResult(took);
        });
        return measured.Line(
            options,
            options.Shape.Tasks,
            ("dependencies", dependencies),
            ("planBytes", file.Length),
            ("readMs", Math.Round(reading.TakeLast(options.Repeats).Order().ElementAt(options.Repeats / 2), 1)),
            ("scheduleMs", Math.Round(scheduling.TakeLast(options.Repeats).Order().ElementAt(options.Repeats / 2), 1)));
    }

    // Everything that was started ends before the next step.
    private static void Decide(RunPlan plan)
    {
        var state = SchedulerState.Start(plan);
        var now = DateTimeOffset.UnixEpoch;
        List<Ending> endings = [];
        while (state.Outcome is null)
        {
            var turn = Scheduler.Advance(plan, state, endings, [], now);
            endings = [.. turn.Decisions.OfType<StartDecision>().Select(start => new Ending(start.Task, start.Attempt, null, AgentUsage.None))];
            state = turn.State;
        }
    }
}
