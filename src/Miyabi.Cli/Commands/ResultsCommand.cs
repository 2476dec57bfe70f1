using System.CommandLine;
using System.Text.Json;
using Miyabi.Cli.Contracts;
using Miyabi.Cli.View;
using Miyabi.Core.Ledger;
using Miyabi.Core.Runs;
using Miyabi.Web.Contracts;

namespace Miyabi.Cli.Commands;

/// <summary><c>miyabi results RUN [TASK]</c>: what tasks put out.</summary>
internal static class ResultsCommand
{
    internal static Command Create()
    {
        var run = RunArgument.Create();
        var task = new Argument<string?>("TASK") { Description = "One task's result, with its whole output [default: all, in short]; TASK~gate-N and TASK~review-N name the checks of its attempt N", Arity = ArgumentArity.ZeroOrOne };
        var command = new Command("results", Root.Help("Shows what the tasks of a run put out, read back and verified", "results hello-20260131-120000-1a2b review"))
        {
            run, task,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var installation = await Installation.OpenForReadingAsync(Root.SourceOf(parsed), cancellationToken);
            var reader = new ResultLookup(installation, RunArgument.Of(parsed, run));
            var results = await reader.ReadAsync(parsed.GetValue(task), cancellationToken);
            if (parsed.GetValue(Root.Json))
                await Contract.WriteAsync(ResultsJson.Of(reader.Run, results));
            else if (parsed.GetValue(task) is not null)
                await ShowAsync(results[0], await StandingAsync(results[0].Task));
            else
                Show(results, [.. (await reader.CheckedAsync(cancellationToken)).Where(one => !one.Counts).Select(one => one.Task)]);
            return ExitCode.Success;

            async Task<CheckedResult?> StandingAsync(string id) => (await reader.CheckedAsync(cancellationToken)).FirstOrDefault(one => one.Task == id);
        });
        return command;
    }

    // The output itself goes out whole: it is JSON, in which whatever steers a terminal is escaped, and may be piped on.
    private static async Task ShowAsync(ResultDocument result, CheckedResult? standing)
    {
        Terminal.WriteLine($"{result.Task}  attempt {result.Attempt} by {result.Agent} ({result.Provider})  {NameOf(result.Outcome)}{(IsRefused(result, standing?.Counts == false) ? ", not accepted" : "")}");
        foreach (var check in standing?.Checks ?? [])
            Terminal.WriteLine($"  {(check.Accepted switch { true => "passed", false => "rejected by", null => "not checked by" })} {check.Name}");
        if (result.Failure is { } failure)
        {
            Terminal.WriteLine($"{failure.Kind}: {failure.Message}");
            foreach (var line in $"{failure.OutputTail}\n{failure.ErrorTail}".Split('\n', StringSplitOptions.RemoveEmptyEntries))
                Terminal.WriteLine(line.TrimEnd('\r'));
        }

        foreach (var file in result.Payload?.Files ?? [])
            Terminal.WriteLine($"  {file.Path}  {file.Bytes} bytes  sha256:{file.Sha256}");
        if (result.Payload is { } payload)
            await Contract.WriteElementAsync(payload.Output);
    }

    private static void Show(IReadOnlyList<ResultDocument> results, HashSet<string> notCounting)
    {
        var console = Terminal.Console;
        var look = Look.Of(console);
        var grid = new Grid(
            look,
            new Column("Task", 12, 32),
            new Column("Try", 3, Right: true),
            new Column("Agent", 6, 16),
            new Column("Outcome", 9),
            new Column("Files", 5, Right: true),
            new Column("Output", 20));
        foreach (var result in results)
        {
            grid.Add(
                PlainText.Clean(result.Task),
                $"{result.Attempt}",
                PlainText.Clean(result.Agent),
                IsRefused(result, notCounting.Contains(result.Task)) ? new Span("not accepted", Look.Bad)
                    : new Span(NameOf(result.Outcome), result.Outcome == AttemptOutcome.Succeeded ? Look.Good : Look.Bad),
                $"{result.Payload?.Files.Length ?? 0}",
                PlainText.Clean(Short(result)));
        }

        console.Write(new Block(results.Count == 0 ? [Line.Of(new Span("No task has a result yet.", Look.Quiet))] : grid.Lines(console.Profile.Width), look.Unicode));
    }

    // The agent has succeeded, and its word is not enough.
    private static bool IsRefused(ResultDocument result, bool doesNotCount) => doesNotCount && result.Outcome == AttemptOutcome.Succeeded;

    // One line's worth: an output may have many megabytes.
    private static string Short(ResultDocument result)
    {
        const int MostCharacters = 400;
        var text = result.Failure?.Message ?? Short(result.Payload!.Output);
        return text.Length <= MostCharacters ? text : text[..MostCharacters];
    }

    private static string Short(JsonElement output) =>
        output.ValueKind == JsonValueKind.Object && output.TryGetProperty("summary", out var summary) && summary.ValueKind == JsonValueKind.String
            ? summary.GetString()!
            : Contract.Compact(output);

    private static string NameOf(AttemptOutcome outcome) => outcome.ToString().ToLowerInvariant();
}
