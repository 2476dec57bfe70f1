namespace Miyabi.Cli.Tests.EndToEnd;

/// <summary><c>miyabi init</c> as a newcomer types it, without a key.</summary>
public sealed class InitTests : IDisposable
{
    private readonly CliSandbox sandbox = new();

    public void Dispose() => sandbox.Dispose();

    [Fact]
    public async Task Init_WithoutAKey_WritesAPlanThatRuns_AndNeverOverIt()
    {
        var written = await sandbox.SucceedAsync("init", "A shop that sells \"tea\"");
        Assert.Contains("from a template", written);

        var again = await sandbox.RunAsync("init", "Another shop");
        Assert.Equal(2, again.Code);
        Assert.Contains("there is something already", again.Error);
        Assert.Contains("A shop that sells", await File.ReadAllTextAsync(sandbox["plan.json"]));

        await sandbox.SucceedAsync("run", "plan.json", "--agent", "claude=simulated", "--agent", "codex=simulated", "--speed", "1000", "--run-id", "r");
        Assert.Contains("proven", await sandbox.SucceedAsync("verify", "r"));
    }

    [Fact]
    public async Task Init_ModelAway_SaysSo_AndWritesNothing()
    {
        sandbox.Variables["ANTHROPIC_API_KEY"] = "sk-test-KEY-0123456789";
        sandbox.Variables["MIYABI_CLAUDE_BASE_URL"] = "http://127.0.0.1:1";

        var away = await sandbox.RunAsync("init", "A shop");

        Assert.Equal(3, away.Code);
        Assert.Contains("cannot be reached", away.Error);
        Assert.DoesNotContain("sk-test-KEY", away.Error + away.Output);
        Assert.False(File.Exists(sandbox["plan.json"]));
    }
}
