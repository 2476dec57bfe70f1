namespace Miyabi.Cli.Tests.EndToEnd;

public sealed class NoWaitTests : IDisposable
{
    private readonly CliSandbox sandbox = new();

    public void Dispose() => sandbox.Dispose();

    [Theory]
    [InlineData("")]
    [InlineData(", \"timeout\": \"PT24H\"")]
    public async Task Run_NoWait_LeavesWhereOnlyAPersonCanGoOn_AndNotBeforeARetryThatIsDue(string timeout)
    {
        sandbox.Write("plan.json", """
            { "name": "p", "version": 1, "agents": [ { "id": "A", "kind": "claude", "provider": "simulated" } ],
              "tasks": [
                { "id": "a", "agent": "A", "simulated": { "work": "PT0S" }, "approval": { "message": "Go?" TIMEOUT } },
                { "id": "b", "agent": "A", "simulated": { "work": "PT0S", "faults": [ "fail" ] }, "retry": { "backoff": "PT0.5S" } } ] }
            """.Replace("TIMEOUT", timeout, StringComparison.Ordinal));

        var left = await sandbox.RunAsync("run", "plan.json", "--run-id", "r", "--no-wait");

        Assert.Equal(1, left.Code);
        Assert.Contains("waits for a person (a: miyabi approve)", left.Error);
        Assert.Matches("accepted +b", left.Output);
        await sandbox.SucceedAsync("approve", "r", "a");
        await sandbox.SucceedAsync("resume", "r", "--no-wait");
    }
}
