using System.CommandLine;
using System.Text.Json;
using Miyabi.Cli.Contracts;
using Miyabi.Core.Ledger;
using Spectre.Console;

namespace Miyabi.Cli.Commands;

/// <summary><c>miyabi results RUN [TASK]</c>: what tasks put out.</summary>
internal static class ResultsCommand
{
    internal static Command Create()
    {
        var run = RunArgument.Create();
        var task = new Argument<string?>("TASK") { Description = "One task's result, with its whole output [default: all, in short]", Arity = ArgumentArity.ZeroOrOne };
        var command = new Command("results", Root.Help("Shows what the tasks of a run put out, read back and verified", "results hello-20260131-120000-1a2b review"))
        {
            run, task,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var installation = await Installation.OpenForReadingAsync(Root.StoreOf(parsed), cancellationToken);
            var reader = new ResultLookup(installation, RunArgument.Of(parsed, run));
            var results = await reader.ReadAsync(parsed.GetValue(task), cancellationToken);
            if (parsed.GetValue(Root.Json))
                await Contract.WriteAsync(ResultsJson.Of(reader.Run, results));
            else if (parsed.GetValue(task) is not null)
                await ShowAsync(results[0]);
            else
                Show(results);
            return ExitCode.Success;
        });
        return command;
    }

    // The output itself goes out as it is: it is JSON, in which control characters are escaped, and may be piped on.
    private static async Task ShowAsync(ResultDocument result)
    {
        var console = Terminal.Console;
        console.WriteLine($"{result.Task}  attempt {result.Attempt} by {result.Agent} ({result.Provider})  {NameOf(result.Outcome)}");
        if (result.Failure is { } failure)
        {
            console.WriteLine(Printable.Text($"{failure.Kind}: {failure.Message}"));
            foreach (var line in (failure.ErrorTail ?? "").Split('\n'))
                console.WriteLine(Printable.Text(line));
        }

        foreach (var file in result.Payload?.Files ?? [])
            console.WriteLine(Printable.Text($"  {file.Path}  {file.Bytes} bytes  sha256:{file.Sha256}"));
        if (result.Payload is { } payload)
            await Contract.WriteElementAsync(payload.Output);
    }

    private static void Show(IReadOnlyList<ResultDocument> results)
    {
        var table = new Table().Border(TableBorder.None).AddColumns("Task", "Attempt", "Agent", "Outcome", "Files", "Output");
        table.Columns[4].RightAligned();
        foreach (var result in results)
        {
            table.AddRow(
                Cell(result.Task, 24),
                Cell($"{result.Attempt}", 4),
                Cell(result.Agent, 12),
                Cell(NameOf(result.Outcome), 10),
                Cell($"{result.Payload?.Files.Length ?? 0}", 5),
                Cell(result.Failure?.Message ?? Short(result.Payload!.Output), 200));
        }

        Terminal.Console.Write(table);
    }

    private static Text Cell(string text, int limit) => new(Printable.Text(text.Length <= limit ? text : $"{text[..(limit - 1)]}…")) { Overflow = Overflow.Ellipsis };

    private static string Short(JsonElement output) =>
        output.ValueKind == JsonValueKind.Object && output.TryGetProperty("summary", out var summary) && summary.ValueKind == JsonValueKind.String
            ? summary.GetString()!
            : output.GetRawText();

    private static string NameOf(AttemptOutcome outcome) => outcome.ToString().ToLowerInvariant();
}
