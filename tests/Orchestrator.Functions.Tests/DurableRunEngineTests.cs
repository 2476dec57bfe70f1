using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Miyabi.Core.FrontDoor;
using Miyabi.Core.Orchestration;
using Moq;

namespace Orchestrator.Functions.Tests;

public sealed class DurableRunEngineTests
{
    private static readonly RunInput Input = new("r", 1, 1);

    private readonly Mock<DurableTaskClient> client = new("test");

    [Theory]
    [InlineData(null, InstanceState.Absent)]
    [InlineData(OrchestrationRuntimeStatus.Pending, InstanceState.Running)]
    [InlineData(OrchestrationRuntimeStatus.Running, InstanceState.Running)]
    [InlineData(OrchestrationRuntimeStatus.Suspended, InstanceState.Running)]
    [InlineData(OrchestrationRuntimeStatus.Completed, InstanceState.Ended)]
    [InlineData(OrchestrationRuntimeStatus.Failed, InstanceState.Ended)]
    [InlineData(OrchestrationRuntimeStatus.Terminated, InstanceState.Ended)]
    public async Task Find_SaysHowItStands(OrchestrationRuntimeStatus? status, InstanceState expected)
    {
        Stands(status);

        Assert.Equal(expected, await new DurableRunEngine(client.Object).FindAsync("r~1", default));
    }

    [Fact]
    public async Task Start_SchedulesTheOrchestratorUnderTheInstancesId()
    {
        Assert.True(await new DurableRunEngine(client.Object).StartAsync("r~1", Input, default));

        client.Verify(hub => hub.ScheduleNewOrchestrationInstanceAsync(
            It.Is<TaskName>(name => name.Name == "RunPlan"), Input, It.Is<StartOrchestrationOptions>(options => options.InstanceId == "r~1"), It.IsAny<CancellationToken>()));
    }

    [Fact]
    public async Task Start_OfOneThatGoesOn_SaysSo()
    {
        Fails();
        Stands(OrchestrationRuntimeStatus.Running);

        Assert.False(await new DurableRunEngine(client.Object).StartAsync("r~1", Input, default));
    }

    [Fact]
    public async Task Start_ThatFails_IsTheEnginesTrouble()
    {
        Fails();
        Stands(null);

        var error = await Assert.ThrowsAsync<EngineException>(() => new DurableRunEngine(client.Object).StartAsync("r~1", Input, default));

        Assert.DoesNotContain("inside", error.Message);
    }

    [Fact]
    public async Task Wake_RaisesTheControlEvent()
    {
        Stands(OrchestrationRuntimeStatus.Running);

        await new DurableRunEngine(client.Object).WakeAsync("r~1", default);

        client.Verify(hub => hub.RaiseEventAsync("r~1", ActivityNames.ControlEvent, It.IsAny<ControlSignal>(), It.IsAny<CancellationToken>()));
    }

    [Theory]
    [InlineData(null)]
    [InlineData(OrchestrationRuntimeStatus.Completed)]
    public async Task Wake_OfOneThatIsNotThere_DoesNothing(OrchestrationRuntimeStatus? status)
    {
        Stands(status);

        await new DurableRunEngine(client.Object).WakeAsync("r~1", default);

        client.Verify(hub => hub.RaiseEventAsync(It.IsAny<string>(), It.IsAny<string>(), It.IsAny<object?>(), It.IsAny<CancellationToken>()), Times.Never);
    }

    private void Fails() => client
        .Setup(hub => hub.ScheduleNewOrchestrationInstanceAsync(It.IsAny<TaskName>(), It.IsAny<object?>(), It.IsAny<StartOrchestrationOptions?>(), It.IsAny<CancellationToken>()))
        .ThrowsAsync(new InvalidOperationException("inside"));

    private void Stands(OrchestrationRuntimeStatus? status) => client
        .Setup(hub => hub.GetInstanceAsync(It.IsAny<string>(), It.IsAny<bool>(), It.IsAny<CancellationToken>()))
        .ReturnsAsync(status is { } known ? new OrchestrationMetadata("RunPlan", "r~1") { RuntimeStatus = known } : null);
}
