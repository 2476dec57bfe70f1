using System.Collections.Immutable;
using System.Text.Json;
using Miyabi.Core.Agents;
using Miyabi.Core.Ledger;
using Miyabi.Core.Orchestration;
using Miyabi.Core.Plans;
using Miyabi.Core.Scheduling;

namespace Miyabi.Core.Activities;

/// <summary>What an agent is told: written down first, then handed over with its inputs read back and verified.</summary>
internal static class Instructions
{
    /// <summary>The instruction document of an attempt.</summary>
    internal static InstructionDocument Compose(OpenRun run, RunTaskRequest request, StartDecision start, Claim claim, DateTimeOffset at)
    {
        var agentNumber = run.Plan.AgentOf(start.Agent);
        var agent = run.Plan.Plan.Agents[agentNumber];
        var task = run.Plan.Plan.Tasks[run.Plan.TaskOf(start.Task)];
        return new InstructionDocument
        {
            Run = request.Run,
            Task = start.Task,
            Attempt = start.Attempt,
            Agent = start.Agent,
            Provider = run.Plan.ProviderOf(agentNumber),
            At = at,
            Plan = run.PlanDigest,
            Step = request.Step,
            Claim = claim,
            Content = new InstructionContent
            {
                Kind = agent.Kind,
                Title = task.Title,
                Prompt = task.Prompt,
                Writes = task.Writes,
                OutputSchema = task.OutputSchema is { } schema ? Json(schema) : null,
                Timeout = task.Timeout,
                Findings = start.Findings,
                Inputs = start.Inputs,
                Paths = run.Plan.Options.Paths,
                Simulated = task.Simulated,
                Commands = [.. new[] { agent.Command, task.Command }.OfType<CommandSettings>()],
            },
        };
    }

    /// <summary>The same for the agent itself.</summary>
    /// <exception cref="SealException">An input is missing, or is not the one that was accepted.</exception>
    internal static async Task<AgentRequest> RequestAsync(OpenRun run, StartDecision start, CancellationToken cancellationToken)
    {
        var inputs = ImmutableArray.CreateBuilder<AgentInput>(start.Inputs.Length);
        foreach (var input in start.Inputs)
        {
            var kind = run.Plan.Plan.Tasks[run.Plan.TaskOf(input.Task)].Agent.Kind;
            var result = await run.Ledger.ReadResultAsync(input.Task, input.Attempt, kind, cancellationToken);
            if (result?.Digest != input.Result || result.Value.Payload is not { } payload)
                throw new SealException($"The result of {input.Task} is not the one that was accepted.");
            inputs.Add(new AgentInput(input.Task, payload.Output, payload.Files));
        }

        return new AgentRequest
        {
            RunId = run.Plan.RunId,
            Task = run.Plan.Plan.Tasks[run.Plan.TaskOf(start.Task)],
            Attempt = start.Attempt,
            Agent = run.Plan.Plan.Agents[run.Plan.AgentOf(start.Agent)],
            Findings = start.Findings,
            Inputs = inputs.ToImmutable(),
            Paths = run.Plan.Options.Paths,
            PlanDirectory = run.Plan.Options.PlanDirectory,
            Speed = run.Plan.Options.Speed,
            ReadArtifactAsync = run.Ledger.ReadArtifactAsync,
        };
    }

    private static JsonElement Json(string text)
    {
        using var document = JsonDocument.Parse(text);
        return document.RootElement.Clone();
    }
}
