using System.CommandLine;
using Miyabi.Agents.ClaudeApi;
using Miyabi.Cli.Planning;
using Miyabi.Core.Agents;

namespace Miyabi.Cli.Commands;

/// <summary><c>miyabi init GOAL</c>: writes a plan for a goal, by a Claude model or from a template.</summary>
internal static class InitCommand
{
    internal static Command Create()
    {
        var goal = new Argument<string>("GOAL") { Description = "What is to be reached, in your words; - reads standard input" };
        var output = new Option<string>("--output", "-o") { Description = "The plan file to write; must not be there yet", HelpName = "FILE", DefaultValueFactory = _ => "plan.json" };
        var template = new Option<bool>("--template") { Description = "From a template, without a model; so also without a key" };
        var command = new Command("init", Root.Help(
            "Writes a plan for a goal: by a Claude model where there is a key (ANTHROPIC_API_KEY), else from a template. Carries nothing out", "init \"A small web shop in Go\""))
        {
            goal, output, template,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var text = await GoalAsync(parsed.GetRequiredValue(goal), cancellationToken);
            var file = NewFile.Of(output.Name, parsed.GetRequiredValue(output));
            var models = EnvironmentModels.Read();
            if (parsed.GetValue(template) || models.Claude.Credential is null)
                return await FromTemplateAsync(file, text, hasKey: models.Claude.Credential is not null, cancellationToken);
            try
            {
                var provider = new ClaudeApiProvider(models.Claude, TimeProvider.System);
                Tell($"Asking {models.Claude.Model} for a plan...");
                var written = await new PlanWriter(provider, line => Tell(line)).WriteAsync(text, cancellationToken);
                await file.WriteAsync(written.File, cancellationToken);
                Terminal.WriteLine($"{file.Path}: {written.Plan.Tasks.Length} tasks for {written.Plan.Agents.Length} agents, in {written.Answers} answer{(written.Answers == 1 ? "" : "s")}; {Used(written.Usage)}.");
                return Next(file);
            }
            catch (PlanNotWrittenException e)
            {
                foreach (var line in e.Message.Split('\n'))
                    Tell($"miyabi: {line}");
                Tell($"        {Used(e.Usage)}. Say the goal otherwise, or begin with a template: miyabi init --template");
                return ExitCode.Environment;
            }
        });
        return command;
    }

    private static async Task<string> GoalAsync(string given, CancellationToken cancellationToken)
    {
        var text = given;
        if (given == "-")
        {
            var buffer = new char[PlanTemplate.MaxGoalCharacters + 1];
            text = new string(buffer, 0, await Console.In.ReadBlockAsync(buffer, cancellationToken));
        }

        text = text.Trim();
        return text.Length switch
        {
            0 => throw new UsageException("The goal is empty: say what is to be reached, e.g. miyabi init \"A small web shop in Go\"."),
            > PlanTemplate.MaxGoalCharacters => throw new UsageException($"The goal has more than {PlanTemplate.MaxGoalCharacters} characters. Say it shorter."),
            _ => text,
        };
    }

    private static async Task<int> FromTemplateAsync(NewFile file, string goal, bool hasKey, CancellationToken cancellationToken)
    {
        var (content, plan, wrong) = PlanWriter.Check(PlanTemplate.For(goal));
        if (plan is null)
            throw new UsageException([.. wrong]);
        await file.WriteAsync(content, cancellationToken);
        Terminal.WriteLine($"{file.Path}: {plan.Tasks.Length} tasks from a template{(hasKey ? "" : "; with ANTHROPIC_API_KEY set, a model writes one for the goal")}.");
        return Next(file);
    }

    private static int Next(NewFile file)
    {
        Terminal.WriteLine($"Read it, then: miyabi plan {file.Path}");
        Terminal.WriteLine($"               miyabi run {file.Path}");
        Terminal.WriteLine("Without keys of models: --agent claude=simulated --agent codex=simulated");
        return ExitCode.Success;
    }

    private static void Tell(string line) => Console.Error.WriteLine(Printable.Text(line));

    private static string Used(AgentUsage usage) =>
        FormattableString.Invariant($"used {usage.InputTokens:N0} tokens in, {usage.OutputTokens:N0} out, {(usage.Unpriced ? "no price known" : $"{usage.CostUsd:0.00##} US dollars")}");
}
