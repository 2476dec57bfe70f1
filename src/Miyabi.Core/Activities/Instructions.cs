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
    internal static InstructionDocument Compose(
        OpenRun run, RunTaskRequest request, StartDecision start, Claim claim, DateTimeOffset at, Func<string, IAgentProvider> providers)
    {
        var agentNumber = run.Plan.AgentOf(start.Agent);
        var agent = run.Plan.Plan.Agents[agentNumber];
        var task = run.Plan.SpecOf(start.Task);
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
                Model = Terms(providers, run.Plan.ProviderOf(agentNumber), agent, task),
                Findings = start.Findings,
                Inputs = start.Inputs,
                Paths = run.Plan.Options.Paths,
                Simulated = task.Simulated,
                Commands = [.. new[] { agent.Command, task.Command }.OfType<CommandSettings>()],
            },
        };
    }

    /// <summary>The same for the agent itself.</summary>
    /// <exception cref="InputRejectedException">An input is missing, or is not the one that was accepted. So do reads of its files throw.</exception>
    internal static async Task<AgentRequest> RequestAsync(OpenRun run, StartDecision start, CancellationToken cancellationToken)
    {
        var inputs = ImmutableArray.CreateBuilder<AgentInput>(start.Inputs.Length);
        foreach (var input in start.Inputs)
        {
            var payload = await PayloadAsync(run, input, cancellationToken);
            inputs.Add(new AgentInput(input.Task, payload.Output, payload.Files));
        }

        return new AgentRequest
        {
            RunId = run.Plan.RunId,
            Task = run.Plan.SpecOf(start.Task),
            Attempt = start.Attempt,
            Agent = run.Plan.Plan.Agents[run.Plan.AgentOf(start.Agent)],
            Findings = start.Findings,
            Inputs = inputs.ToImmutable(),
            Paths = run.Plan.Options.Paths,
            PlanDirectory = run.Plan.Options.PlanDirectory,
            Speed = run.Plan.Options.Speed,
            ReadArtifactAsync = (sha256, token) => ReadFileAsync(run, inputs, sha256, token),
        };
    }

    private static async ValueTask<ResultPayload> PayloadAsync(OpenRun run, InputReference input, CancellationToken cancellationToken)
    {
        if (run.Payloads.Find(input.Result) is { } verified)
            return verified;
        var kind = run.Plan.KindOf(input.Task);
        var path = LedgerPath.Result(input.Task, input.Attempt, kind);
        try
        {
            var result = await run.Ledger.ReadResultAsync(input.Task, input.Attempt, kind, cancellationToken);
            return result is null ? throw new SealException($"{path} is missing.")
                : result.Digest == input.Result && result.Value.Payload is { } payload ? payload
                : throw new SealException($"{path} is not the one that was accepted.");
        }
        catch (Exception e) when (e is SealException or UntrustedKeyException)
        {
            throw new InputRejectedException(run.Plan.RunId, input.Task, e.Message);
        }
    }

    private static async Task<ReadOnlyMemory<byte>> ReadFileAsync(OpenRun run, IEnumerable<AgentInput> inputs, string sha256, CancellationToken cancellationToken)
    {
        try
        {
            return await run.Ledger.ReadArtifactAsync(sha256, cancellationToken);
        }
        catch (Exception e) when (e is SealException or StoreException { Fault: StoreFault.TooLarge })
        {
            var input = inputs.FirstOrDefault(input => input.Files.Any(file => file.Sha256 == sha256));
            throw input is null ? new SealException(e.Message, e) : new InputRejectedException(run.Plan.RunId, input.TaskId, e.Message);
        }
    }

    // A provider that is not there, or breaks, does so again when it is asked for the work: that is the attempt's failure, and this is not.
    private static ModelTerms? Terms(Func<string, IAgentProvider> providers, string name, AgentSpec agent, PlanTask task)
    {
        try
        {
            return providers(name).TermsOf(agent, task);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            return null;
        }
    }

    private static JsonElement Json(string text)
    {
        using var document = JsonDocument.Parse(text);
        return document.RootElement.Clone();
    }
}
