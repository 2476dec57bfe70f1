using System.CommandLine;
using System.CommandLine.Invocation;
using Miyabi.Cli.View;

namespace Miyabi.Cli.Commands;

/// <summary>Prints a command's help: what it does and an example first, folded to the terminal's width.</summary>
internal sealed class HelpAction : SynchronousCommandLineAction
{
    private const int MostColumns = 100;
    private const int WidestName = 30;

    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        var command = parseResult.CommandResult.Command;
        var output = parseResult.InvocationConfiguration.Output;
        var width = Math.Min(Terminal.Console.Profile.Width, MostColumns);
        var (what, example) = Parts(command);
        foreach (var line in PlainText.Wrap($"{what.TrimEnd('.')}.", width))
            output.WriteLine(line);
        if (example.Length > 0)
            output.WriteLine($"\nExample:\n  {example}");
        output.WriteLine($"\nUsage:\n  {Root.PathOf(parseResult)}{Usage(command)}");
        Section(output, "Arguments", width, command.Arguments.Select(argument => (argument.Name, argument.Description)));
        Section(output, "Commands", width, command.Subcommands.Select(sub => ($"{sub.Name}{Operands(sub)}", (string?)Parts(sub).What)));
        Section(output, "Options", width, Options(command, parseResult).Select(option => (NameOf(option), (string?)DescriptionOf(option))));
        return ExitCode.Success;
    }

    private static (string What, string Example) Parts(Command command)
    {
        var parts = (command.Description ?? "").Split("\n\nExample:\n  ");
        return (parts[0], parts.Length > 1 ? parts[1] : "");
    }

    private static string Usage(Command command) =>
        $"{(command.Subcommands.Count == 0 ? "" : command is RootCommand ? " COMMAND" : " [COMMAND]")}{Operands(command)} [OPTIONS]";

    private static string Operands(Command command) =>
        string.Concat(command.Arguments.Select(argument => argument.Arity.MinimumNumberOfValues == 0 ? $" [{argument.Name}]" : $" {argument.Name}")
            .Concat(command.Options.Where(option => option.Required).Select(option => $" {NameOf(option)}")));

    private static IEnumerable<Option> Options(Command command, ParseResult parsed)
    {
        var inherited = parsed.RootCommandResult.Command.Options.Where(option => option.Recursive);
        return command is RootCommand ? command.Options : command.Options.Concat(inherited).Distinct();
    }

    private static string NameOf(Option option) =>
        string.Join(", ", option.Aliases.Where(alias => alias != "-?" && alias[0] == '-').Order(StringComparer.Ordinal).Append(option.Name))
        + (option.HelpName is { } value ? $" {value}" : "");

    private static string DescriptionOf(Option option) =>
        option is Option<string> { HasDefaultValue: true } text && text.GetDefaultValue() is string { Length: > 0 } value
            ? $"{option.Description} [default: {value}]"
            : option.Description ?? "";

    private static void Section(TextWriter output, string title, int width, IEnumerable<(string Name, string? Description)> entries)
    {
        var all = entries.ToList();
        if (all.Count == 0)
            return;
        output.WriteLine($"\n{title}:");
        var indent = Math.Min(all.Max(entry => entry.Name.Length), WidestName) + 4;
        foreach (var (name, description) in all)
        {
            var lines = PlainText.Wrap(description ?? "", Math.Max(width - indent, 20)).ToList();
            var first = name.Length > WidestName ? $"  {name}" : $"  {name.PadRight(indent - 2)}{lines[0]}";
            output.WriteLine(first.TrimEnd());
            foreach (var line in lines.Skip(name.Length > WidestName ? 0 : 1))
                output.WriteLine($"{new string(' ', indent)}{line}");
        }
    }
}
