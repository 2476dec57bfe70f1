using Miyabi.Cli.Embedded;
using Miyabi.Core.Activities;
using Miyabi.Core.Agents;
using Miyabi.Core.Ledger;
using Miyabi.Core.Plans;
using Miyabi.Core.Scheduling;
using Miyabi.Testing.Orchestration;

namespace Orchestrator.Functions.Tests;

/// <summary>One plan, the same answers, two engines: the same content, and in a scripted order of endings the same steps.</summary>
public sealed class ParityTests
{
    private static readonly AgentScript Answers = (request, _, _) => request is { Attempt: 1, Task.Id: "Task-4" or "Task-9" }
        ? Task.FromResult(AgentResult.Failed(FailureKind.Failed, "no"))
        : ScriptedProvider.SucceedAsync(request);

    // Alone in its wave: in one with others, which of them a step takes in beside a failure is for time to tell.
    private static readonly AgentScript OneAnswer = (request, _, _) => request is { Attempt: 1, Task.Id: "Task-10" }
        ? Task.FromResult(AgentResult.Failed(FailureKind.Failed, "no"))
        : ScriptedProvider.SucceedAsync(request);

    [Theory]
    [InlineData(Schedule.Waves)]
    [InlineData(Schedule.Ready)]
    public async Task SamePlanAndAnswers_SameContentRoot(Schedule schedule)
    {
        var hosted = await HostedRun.AcceptAsync(Plans.ReferenceAtOnce, Answers, schedule);
        await hosted.CarryOutAsync();
        var embedded = await HostedRun.AcceptAsync(Plans.ReferenceAtOnce, Answers, schedule);
        await EmbedAsync(embedded);

        var (one, other) = (await hosted.ProvenAsync(RunOutcome.Succeeded), await embedded.ProvenAsync(RunOutcome.Succeeded));
        Assert.NotNull(one.ContentRoot);
        Assert.Equal(one.ContentRoot, other.ContentRoot);
    }

    [Theory]
    [InlineData(Schedule.Waves, 1)]
    [InlineData(Schedule.Ready, 1)]
    [InlineData(Schedule.Ready, 2)]
    [InlineData(Schedule.Ready, 3)]
    public async Task SameOrderOfEndings_SameSteps(Schedule schedule, int seed)
    {
        var answers = schedule == Schedule.Waves ? OneAnswer : Answers;
        var hosted = new ScriptedOrder(answers, seed, schedule);
        var run = await HostedRun.AcceptAsync(Plans.ReferenceAtOnce, hosted.RunAsync, schedule, observer: hosted);
        await run.CarryOutAsync();
        var embedded = new ScriptedOrder(answers, seed, schedule);
        var other = await HostedRun.AcceptAsync(Plans.ReferenceAtOnce, embedded.RunAsync, schedule, observer: embedded);
        await EmbedAsync(other);

        Assert.Equal(await StepsAsync(run), await StepsAsync(other));
        Assert.Equal(hosted.Released, embedded.Released);
    }

    private static async Task<RunOutcome?> EmbedAsync(HostedRun run)
    {
        var runner = new EmbeddedRunner(
            run.Open(), _ => run.Provider, run.Clock, run.Observer, new RunnerIdentity(new string('e', 32), "here", ""));
        return (await runner.RunAsync(HostedRun.Id, _ => { }, default)).Outcome;
    }

    // What was decided on what, without the times, owners and digests, which differ between any two runs.
    private static async Task<List<string>> StepsAsync(HostedRun run)
    {
        var ledger = run.Open().LedgerOf(HostedRun.Id);
        var steps = new List<string>();
        while (await ledger.ReadStepAsync(steps.Count + 1, default) is { } step)
        {
            var endings = step.Value.Endings.Select(ended => $"{ended.Ending.Task}/{ended.Ending.Attempt} {ended.Ending.Failure?.Kind}");
            var decisions = step.Value.Decisions.Select(decision => decision switch
            {
                StartDecision start => $"start {start.Task}/{start.Attempt} on {start.Agent}",
                RetryDecision retry => $"retry {retry.Task}/{retry.Attempt}",
                WaitDecision => "wait",
                FinishDecision finish => $"finish {finish.Outcome}",
                _ => decision.GetType().Name,
            });
            steps.Add($"{string.Join(", ", endings)} => {string.Join(", ", decisions)}");
        }

        return steps;
    }
}
