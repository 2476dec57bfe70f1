using System.Collections.Immutable;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Miyabi.Core.Agents;
using Miyabi.Core.Plans;
using Miyabi.Web.Contracts;

namespace Miyabi.Cli.Planning;

/// <summary>A plan that was written for a goal.</summary>
/// <param name="File">The plan file's bytes.</param>
/// <param name="Plan">The same, read.</param>
/// <param name="Answers">How many answers it took.</param>
/// <param name="Usage">What they used up together.</param>
internal sealed record WrittenPlan(byte[] File, Plan Plan, int Answers, AgentUsage Usage);

/// <summary>Has a model write a plan, checks it, and has it mended with what is wrong.</summary>
/// <param name="provider">The provider of the model, for agents of the kind claude.</param>
/// <param name="told">Is told what goes on, a line each.</param>
internal sealed class PlanWriter(IAgentProvider provider, Action<string> told)
{
    /// <summary>How often a wrong plan is given back to be mended.</summary>
    internal const int MaxRepairs = 3;

    /// <summary>How long one answer may take; more than 0.</summary>
    /// <value>Default: 20 min. A stream that never ends would otherwise hold the command for a day.</value>
    internal TimeSpan LongestAnswer { get; init; } = TimeSpan.FromMinutes(20);

    // Each is a text; what comes after is found when these are mended.
    private const int MostFindings = 20;

    private static readonly JsonSerializerOptions Readable = new() { WriteIndented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, MaxDepth = 128 };

    /// <summary>Writes one.</summary>
    /// <exception cref="PlanNotWrittenException">There is none that holds, or the model cannot be asked.</exception>
    internal async Task<WrittenPlan> WriteAsync(string goal, CancellationToken cancellationToken)
    {
        var task = new PlanTask
        {
            Id = "init", Title = "Write a plan", Agent = new AgentSelector(null, AgentKind.Claude), Prompt = PlannerPrompt.For(goal), OutputSchema = PlannerPrompt.Schema,
        };
        var agent = new AgentSpec { Id = "planner", Kind = AgentKind.Claude };
        ImmutableArray<AttemptFinding> findings = [];
        var usage = AgentUsage.None;
        for (var answer = 1; ; answer++)
        {
            var result = await AskAsync(new AgentRequest { RunId = "init", Task = task, Attempt = answer, Agent = agent, Findings = findings }, usage, cancellationToken);
            usage = usage.Plus(result.Usage);
            // Whoever cannot be asked now is for a person to look at; only what was answered can be mended.
            if (result.Failure is { Kind: not (FailureKind.InvalidOutput or FailureKind.Rejected) } failure)
                throw new PlanNotWrittenException($"No plan was written: {failure.Message}", usage);
            var (file, plan, wrong) = result.Failure is { } mishap ? (null, null, [mishap.Message]) : Check(result.Output);
            if (plan is not null)
                return new WrittenPlan(file!, plan, answer, usage);
            if (answer > MaxRepairs)
                throw new PlanNotWrittenException($"No plan was written: after {answer} answers it is still wrong:\n{string.Join('\n', wrong)}", usage);
            told($"Answer {answer} is no plan yet, and goes back with what is wrong: {wrong[0]}");
            findings = [.. wrong.Select(finding => new AttemptFinding(finding))];
        }
    }

    private async Task<AgentResult> AskAsync(AgentRequest request, AgentUsage before, CancellationToken cancellationToken)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(LongestAnswer);
        try
        {
            return await provider.Agent.RunAsync(request, new Silent(), timeout.Token);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            var used = (e as AttemptCancelledException)?.Usage ?? AgentUsage.None;
            throw new PlanNotWrittenException($"No plan was written: the model's answer did not end within {LongestAnswer.TotalMinutes:0} min.", before.Plus(used));
        }
    }

    /// <summary>The file of a plan, and what is wrong with it: what the reader says, and what no model may put into a plan that a person has not read.</summary>
    internal static (byte[] File, Plan? Plan, ImmutableArray<string> Wrong) Check(JsonElement output)
    {
        // A person judges by reading it: what would not be seen there, or would look like another text, stands there by its number.
        var file = Encoding.UTF8.GetBytes(ReadableJson.Of(JsonSerializer.Serialize(output, Readable)));
        var reading = PlanReader.Read(file);
        if (reading.Plan is not { } plan)
            return (file, null, [.. reading.Errors.Take(MostFindings).Select(error => $"{error.Path}: {error.Message} {error.Cure}")]);
        List<string> wrong = [];
        if (plan.Agents.Any(agent => agent.Kind == AgentKind.Command || agent.Provider is not null) || plan.Tasks.Any(task => task.Command is not null || task.Gate is not null))
            wrong.Add("The plan starts programs or names providers. Use agents of the kinds claude and codex, and no command, gate or provider.");
        if (!plan.Notify.IsEmpty)
            wrong.Add("The plan notifies somebody. Leave notify out.");
        if (!plan.Inputs.IsEmpty)
            wrong.Add("The plan has inputs. Leave inputs out.");
        return wrong.Count == 0 ? (file, plan, []) : (file, null, [.. wrong]);
    }

    private sealed class Silent : IProgress<AgentProgress>
    {
        public void Report(AgentProgress value)
        {
            // What counts is told answer by answer.
        }
    }
}

/// <summary>No plan came about.</summary>
/// <param name="message">Why.</param>
/// <param name="usage">What was used up in vain.</param>
internal sealed class PlanNotWrittenException(string message, AgentUsage usage) : Exception(message)
{
    /// <summary>What was used up in vain.</summary>
    public AgentUsage Usage { get; } = usage;
}
