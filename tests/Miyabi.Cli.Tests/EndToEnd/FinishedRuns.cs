namespace Miyabi.Cli.Tests.EndToEnd;

/// <summary>A store with two runs that have ended, made once for the tests that only look at it.</summary>
public sealed class FinishedRuns : IAsyncLifetime
{
    internal CliSandbox Sandbox { get; } = new();

    internal CliResult Hello { get; private set; } = null!;

    internal CliResult Webapp { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Hello = await Sandbox.RunAsync("run", Repository.Sample("hello"), "--speed", "1000", "--run-id", "hello-1");
        Webapp = await Sandbox.RunAsync("run", Repository.Sample("webapp-framework"), "--speed", "1000", "--run-id", "webapp-1", "--json");
    }

    public Task DisposeAsync()
    {
        Sandbox.Dispose();
        return Task.CompletedTask;
    }
}
