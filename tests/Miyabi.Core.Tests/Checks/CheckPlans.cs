using System.Collections.Immutable;
using System.Text.Json;
using Miyabi.Core.Agents;
using Miyabi.Core.Plans;
using Miyabi.Core.Tests.Orchestration;
using Miyabi.Testing.Orchestration;

namespace Miyabi.Core.Tests.Checks;

/// <summary>Plans with a task 'code' whose result is checked and a task 'use' that reads it, and agents that make, check and judge.</summary>
internal static class CheckPlans
{
    internal const string Reviewed = """ "review": { "prompt": "Mind the tests.", "retry": { "backoff": "PT0S" } } """;
    internal const string Gated = """ "gate": { "command": { "run": [ "check" ] }, "retry": { "backoff": "PT0S" } } """;

    /// <summary>The plan, with what is checked as JSON.</summary>
    internal static string Plan(string checks, string policy = "{}") => $$"""
        { "name": "p", "version": 1,
          "agents": [ { "id": "R", "kind": "claude" }, { "id": "X", "kind": "codex" }, { "id": "Y", "kind": "codex" }, { "id": "G", "kind": "command" } ],
          "policy": {{policy}},
          "defaults": { "retry": { "backoff": "PT0S" } },
          "tasks": [
            { "id": "code", "agent": "X", "prompt": "Write it.", "writes": ["src/**"], {{checks}} },
            { "id": "use", "agent": "R", "dependsOn": ["code"] } ] }
        """;

    /// <summary>Agents whose gate and review say no to so many results, in that order, and yes to the next.</summary>
    internal static AgentScript Script(int gateRejects = 0, int reviewRejects = 0) => (request, _, _) => Task.FromResult(Answer(request, gateRejects, gateRejects + reviewRejects));

    internal static AgentResult Answer(AgentRequest request, int gateUpTo, int reviewUpTo) => StageName.Parse(request.Task.Id) switch
    {
        { Stage: TaskStage.Gate } gate => gate.Attempt <= gateUpTo
            ? new AgentResult { Failure = new AgentFailure(FailureKind.Failed, "check exited with 1.") { ExitCode = 1, OutputTail = $"test {gate.Attempt} is red\n", ErrorTail = "" } }
            : Says("""{ "text": "green" }"""),
        { Stage: TaskStage.Review } review => Judge(review.Attempt > reviewUpTo, $"finding of round {review.Attempt}", "and another"),
        _ when request.Task.Id == "code" => Says($"\"attempt {request.Attempt}\"") with
        {
            Files = [new AgentFile("src/a", new byte[] { (byte)request.Attempt }), new AgentFile("src/b", "text"u8.ToArray())],
        },
        _ => ScriptedProvider.Success(request),
    };

    internal static AgentResult Judge(bool accept, params string[] findings) => new()
    {
        Output = JsonSerializer.SerializeToElement(new { verdict = accept ? "accept" : "reject", findings = accept ? [] : findings }),
    };

    internal static AgentResult Says(string json) => new() { Output = JsonElement.Parse(json) };

    /// <summary>What a request's agent is told of earlier attempts, and by whom.</summary>
    internal static string[] Told(this AgentRequest request) => [.. request.Findings.Select(finding => finding.ToString())];

    /// <summary>The requests that a run's agents got, by what they were about.</summary>
    internal static ImmutableArray<AgentRequest> Of(this TestRun run, string task) => [.. run.Provider.Requests.Where(request => request.Task.Id == task)];
}
