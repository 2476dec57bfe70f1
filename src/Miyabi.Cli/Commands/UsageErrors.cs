using System.CommandLine;
using System.CommandLine.Parsing;
using Miyabi.Core.Json;

namespace Miyabi.Cli.Commands;

/// <summary>What is wrong with a command line, in words that say what to type instead.</summary>
internal static class UsageErrors
{
    /// <summary>A line each; none if it can be carried out.</summary>
    internal static IReadOnlyList<string> Of(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        var unknown = Unknown(parsed).ToList();
        if (parsed.Errors.Count == 0 && unknown.Count == 0)
            return [];
        var told = unknown.Select(token => Unknown(token, command, parsed)).ToList();
        if (told.Count == 0)
            told.AddRange(Missing(parsed));
        if (told.Count == 0)
            told.AddRange(parsed.Errors.Select(error => error.Message));
        return [.. told, $"See: {Root.PathOf(parsed)} --help"];
    }

    // What begins with a dash and stands for no option is taken for an operand by the parser: a slip of the pen would become a file's name.
    private static IEnumerable<string> Unknown(ParseResult parsed)
    {
        var operands = parsed.CommandResult.Children.OfType<ArgumentResult>().SelectMany(argument => argument.Tokens).Select(token => token.Value);
        var meant = parsed.Tokens.SkipWhile(token => token.Type != TokenType.DoubleDash).Select(token => token.Value).ToHashSet(StringComparer.Ordinal);
        var dashed = operands.Where(value => value.Length > 1 && value[0] == '-' && !meant.Contains(value)).ToList();
        dashed.AddRange(parsed.UnmatchedTokens.Where(token => token.StartsWith('-') && !meant.Contains(token)));
        // With an option unknown, what follows it may be its value: one thing is told at a time.
        return dashed.Count > 0 ? dashed : parsed.UnmatchedTokens.Take(1);
    }

    private static string Unknown(string token, Command command, ParseResult parsed)
    {
        if (token.StartsWith('-'))
        {
            var options = command.Options.Concat(parsed.RootCommandResult.Command.Options.Where(option => option.Recursive)).Select(option => option.Name);
            return $"There is no option {token.Split('=')[0]}.{Suggestion(token, options)}";
        }

        return command.Subcommands.Count > 0
            ? $"There is no command '{token}'.{Suggestion(token, command.Subcommands.Select(sub => sub.Name))}"
            : $"'{token}' is too much: {command.Name} takes {Operands(command)}.";
    }

    private static string Suggestion(string token, IEnumerable<string> known)
    {
        var names = known.ToList();
        return NearestName.Of(token.Split('=')[0], names) is { } near ? $" Did you mean {near}?" : $" There is {string.Join(", ", names)}.";
    }

    private static string Operands(Command command) =>
        command.Arguments.Count == 0 ? "options only" : string.Join(' ', command.Arguments.Select(argument => argument.Name));

    private static IEnumerable<string> Missing(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        if (command is RootCommand)
            yield return $"Name a command: {string.Join(", ", command.Subcommands.Select(sub => sub.Name))}.";
        foreach (var argument in command.Arguments.Where(argument => argument.Arity.MinimumNumberOfValues > 0 && parsed.GetResult(argument) is not { Tokens.Count: > 0 }))
            yield return $"{argument.Name} is missing: {Lower(argument.Description)}.";
        foreach (var option in command.Options.Where(option => option.Required && parsed.GetResult(option) is not { Tokens.Count: > 0 }))
            yield return $"{option.Name} {option.HelpName} is missing: {Lower(option.Description)}.";
    }

    private static string Lower(string? description) => description is { Length: > 0 } text ? char.ToLowerInvariant(text[0]) + text[1..] : "";
}
