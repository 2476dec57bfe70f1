using System.Text.Json;
using Miyabi.Cli.Tests.EndToEnd;
using Miyabi.Testing.Agents;

namespace Miyabi.Faults.Tests;

/// <summary>A run whose runner was killed: a, b and e are accepted, c was at work, d is to come. Beside it in the store, a whole one.</summary>
public sealed class InterruptedRun : IAsyncLifetime
{
    private const string Run = ".miyabi/runs/r";

    private int copies;

    internal CliSandbox Sandbox { get; } = new();

    public async Task InitializeAsync()
    {
        if (!OperatingSystem.IsLinux())
            return;
        AgentPlan.Write(
            Sandbox, $"if [ $MIYABI_TASK = c ]; then {AgentPlan.WaitForGo}; fi",
            new AgentTask("a"), new AgentTask("e"), new AgentTask("b", "a"), new AgentTask("c", "a"), new AgentTask("d", "b", "c"));
        using (var run = Sandbox.Start(CliSandbox.Command("run", "plan.json", "--run-id", "r")))
        {
            await AgentPlan.BegunAsync(Sandbox, "c.1");
            await Until.TrueAsync(() => File.Exists(Sandbox[$"{Run}/leases/c/1.json"]) && Accepted().SetEquals(["a", "b", "e"]), "all but c and d are accepted");
            run.Kill();
            await run.EndAsync();
        }

        AgentPlan.Go(Sandbox);
        await Sandbox.SucceedAsync("run", Repository.Sample("hello"), "--speed", "1000", "--run-id", "whole");
    }

    public Task DisposeAsync()
    {
        Sandbox.Dispose();
        return Task.CompletedTask;
    }

    /// <summary>A copy of the store, to be spoilt; the agents' log begins anew.</summary>
    internal string Copy()
    {
        var name = $"copy-{++copies}";
        FolderCopy.Make(Sandbox[".miyabi"], Sandbox[name]);
        File.Delete(Sandbox["marks/log"]);
        return name;
    }

    /// <summary>The name of the last step, which depends on what happened to end together.</summary>
    internal string LastStep() => $"steps/{Directory.GetFiles(Sandbox[$"{Run}/steps"]).Length}.json";

    private HashSet<string> Accepted()
    {
        var accepted = new HashSet<string>(StringComparer.Ordinal);
        foreach (var file in Directory.GetFiles(Sandbox[$"{Run}/steps"], "*.json"))
        {
            using var step = JsonDocument.Parse(File.ReadAllText(file));
            foreach (var ending in step.RootElement.GetProperty("document").GetProperty("endings").EnumerateArray().Where(ending => ending.TryGetProperty("payload", out _)))
                accepted.Add(ending.GetProperty("ending").GetProperty("task").GetString()!);
        }

        return accepted;
    }
}
