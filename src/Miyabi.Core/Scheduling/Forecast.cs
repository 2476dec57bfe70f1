using System.Collections.Immutable;
using Miyabi.Core.Agents;
using Miyabi.Core.Plans;

namespace Miyabi.Core.Scheduling;

/// <summary>What a run would be like if every task took its estimate and succeeded: the Scheduler itself, on a clock of its own.</summary>
/// <param name="Makespan">From the first start to the last end.</param>
/// <param name="PeakParallelism">The most tasks at work at once.</param>
/// <param name="Load">For each agent by id, in the plan's order: what it would do.</param>
public sealed record Forecast(TimeSpan Makespan, int PeakParallelism, ImmutableArray<AgentLoad> Load)
{
    /// <summary>Carries the plan out in thought. People's answers are taken to be given at once, and money to be no matter.</summary>
    public static Forecast Of(RunPlan plan)
    {
        var start = DateTimeOffset.UnixEpoch;
        var (now, peak) = (start, 0);
        var tasks = new int[plan.Plan.Agents.Length];
        var busy = new TimeSpan[plan.Plan.Agents.Length];
        var atWork = new PriorityQueue<Ending, DateTimeOffset>();
        var turn = Scheduler.Advance(plan, SchedulerState.Start(plan) with { Budget = new Budget(null, null) }, [], [], now);
        while (turn.State.Outcome is null)
        {
            foreach (var decision in turn.Decisions)
            {
                if (decision is not StartDecision started)
                    continue;
                var stage = plan.StageOf(started.Task);
                var task = plan.Plan.Tasks[stage.Task];
                var estimate = StageTask.CheckOf(task, stage.Stage)?.Estimate ?? task.Estimate;
                var verdict = stage.Stage == TaskStage.Work ? null : new Verdict(true, []);
                atWork.Enqueue(new Ending(started.Task, started.Attempt, null, AgentUsage.None) { Verdict = verdict }, now + estimate);
                tasks[plan.AgentOf(started.Agent)]++;
                busy[plan.AgentOf(started.Agent)] += estimate;
            }

            peak = Math.Max(peak, turn.State.Running.Count);
            var answers = turn.Decisions.OfType<AskDecision>().Select(ask => new Control(ControlKind.Approve, ask.Task)).ToList();
            List<Ending> endings = [];
            if (answers.Count == 0)
            {
                if (!atWork.TryPeek(out _, out now))
                    throw new InvalidOperationException("The Scheduler waits for nothing.");
                while (atWork.TryPeek(out var ending, out var at) && at == now)
                {
                    endings.Add(ending);
                    atWork.Dequeue();
                }
            }

            turn = Scheduler.Advance(plan, turn.State, endings, answers, now);
        }

        return new Forecast(now - start, peak, [.. plan.Plan.Agents.Select((agent, number) => new AgentLoad(agent.Id, tasks[number], busy[number]))]);
    }
}

/// <summary>What an agent has to do.</summary>
/// <param name="Agent">Its id.</param>
/// <param name="Tasks">How many tasks.</param>
/// <param name="Busy">For how long, by estimates.</param>
public sealed record AgentLoad(string Agent, int Tasks, TimeSpan Busy);
