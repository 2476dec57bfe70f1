using System.Reflection;
using Agents.Functions;
using Microsoft.Extensions.Logging;
using Miyabi.Core.Activities;
using Miyabi.Core.Agents;
using Miyabi.Core.Ledger;
using Miyabi.Core.Scheduling;
using Miyabi.Testing.Orchestration;
using Miyabi.Testing.Runs;

namespace Orchestrator.Functions.Tests.Telemetry;

public sealed class LogTests
{
    private const string Plan = """
        { "name": "logged", "version": 1,
          "agents": [ { "id": "A", "kind": "claude" } ],
          "tasks": [
            { "id": "one", "agent": "A", "prompt": "MARKER-prompt", "retry": { "maxAttempts": 2, "backoff": "PT1S" } },
            { "id": "gate", "agent": "A", "dependsOn": [ "one" ], "approval": { "message": "MARKER-question" } } ] }
        """;

    [Fact]
    public async Task Run_IsLogged_EachThingOnce_AndNobodysWords()
    {
        var logger = new RecordingLogger<RunLog>();
        var run = await HostedRun.AcceptAsync(
            Plan,
            (request, _, _) => request is { Task.Id: "one", Attempt: 1 } ? throw new InvalidOperationException("MARKER-exception") : ScriptedProvider.SucceedAsync(request),
            observer: new RunLog(new SilentObserver(), logger),
            host: made => new Hosting.DurableHost(made.NewWorker, made.Clock) { Deliveries = Hosting.Deliveries.Twice });
        run.Host.Idle = _ => run.DecideAsync(new Control(ControlKind.Approve, "gate", "MARKER-reason"));

        HostedRun.Succeeded(await run.CarryOutAsync());

        Assert.Equal([1010, 1030, 1021, 1020, 1012], logger.Ids);
        Assert.Contains("one", logger.Logged.ElementAt(1).Text);
        Assert.Contains("crashed", logger.Logged.ElementAt(1).Text);
        Assert.DoesNotContain(logger.Logged, entry => entry.Text.Contains("MARKER", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Store_AwayAndBack_IsLoggedOnce()
    {
        var logger = new RecordingLogger<ActivityLog>();
        var log = new ActivityLog(logger, TimeProvider.System);

        for (var i = 0; i < 2; i++)
            await Assert.ThrowsAsync<StoreException>(() => log.OfAsync<int>("RunTask", "run-1", _ => throw new StoreException(StoreFault.Unavailable, "MARKER"), default));
        await log.OfAsync("RunTask", "run-1", _ => Task.FromResult(1), default);
        await log.OfAsync("RunTask", "run-1", _ => Task.FromResult(1), default);

        Assert.Equal([1110, 1100, 1100, 1111], logger.Ids);
        Assert.DoesNotContain(logger.Logged, entry => entry.Text.Contains("MARKER", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Activity_ThatCannotBeCarriedOut_IsLoggedByItsKind()
    {
        var logger = new RecordingLogger<ActivityLog>();
        var log = new ActivityLog(logger, TimeProvider.System);

        var broken = await log.OfAsync<int>("Advance", "run-1", _ => throw new SealException("MARKER"), default);
        var superseded = await log.OfAsync<int>("Advance", "run-1", _ => throw new SupersededException("run-1"), default);

        Assert.Equal(("MARKER", true), (broken.Fault, superseded.Superseded));
        Assert.Equal([1101, 1102], logger.Ids);
        Assert.Contains(nameof(SealException), logger.Logged.First().Text);
        Assert.DoesNotContain(logger.Logged, entry => entry.Text.Contains("MARKER", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(typeof(RunLog), 1000)]
    [InlineData(typeof(ActivityLog), 1100)]
    public void EventIds_AreOfTheirRange_Distinct_AndDocumented(Type assembly, int from)
    {
        var documented = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "telemetry.md"));
        var ids = assembly.Assembly.GetType($"{assembly.Namespace}.Logs", throwOnError: true)!
            .GetMethods(BindingFlags.Static | BindingFlags.NonPublic).Select(method => method.GetCustomAttribute<LoggerMessageAttribute>()?.EventId).OfType<int>().ToList();

        Assert.NotEmpty(ids);
        Assert.Equal(ids.Distinct(), ids);
        Assert.All(ids, id => Assert.InRange(id, from, from + 99));
        Assert.All(ids, id => Assert.Contains($"| {id} |", documented, StringComparison.Ordinal));
    }
}
