using Miyabi.Core.Plans;
using Miyabi.Core.Scheduling;
using Orchestrator.Functions.Tests.Hosting;
using Xunit.Abstractions;

namespace Orchestrator.Functions.Tests;

/// <summary>What a run costs in the engine: the figures that docs/performance.md states.</summary>
public sealed class HistoryTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData(Schedule.Waves, 20, 50)]
    [InlineData(Schedule.Ready, 20, 50)]
    [InlineData(Schedule.Ready, 1, 1_000)]
    public async Task ThousandTasks_HistoryStaysSmall(Schedule schedule, int waves, int width)
    {
        // Endings one by one: the most episodes that there can be.
        var run = await HostedRun.AcceptAsync(Plans.Waves(waves, width), schedule: schedule, host: made => new DurableHost(made.NewWorker, made.Clock) { Seed = 3 });

        var instance = await run.CarryOutAsync();

        HostedRun.Succeeded(instance);
        await run.ProvenAsync(RunOutcome.Succeeded);
        var events = instance.AllEvents.Count() / 1_000.0;
        var bytes = instance.AllEvents.Sum(happened => happened.Bytes) / 1_000.0;
        var activities = run.Host.Messages.Count / 1_000.0;
        output.WriteLine($"{waves}x{width} {schedule}: {activities:F2} activities, {events:F2} events and {bytes:F0} bytes a task.");
        Assert.InRange(events, 0, 6);
        Assert.InRange(bytes, 0, 3 * 1024);
    }
}
