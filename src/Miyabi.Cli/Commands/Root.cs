using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Parsing;
using Miyabi.Storage.Directories;

namespace Miyabi.Cli.Commands;

/// <summary>The command line as a whole.</summary>
internal static class Root
{
    /// <summary>Where runs are kept.</summary>
    internal static readonly Option<string> Store = new("--store")
    {
        Description = "The folder that runs are kept in",
        HelpName = "DIR",
        DefaultValueFactory = _ => StoreHint.Default,
        Recursive = true,
    };

    /// <summary>Answers programs instead of people.</summary>
    internal static readonly Option<bool> Json = new("--json") { Description = "Print JSON (schemas/cli/*.schema.json) instead of text", Recursive = true };

    internal static RootCommand Create()
    {
        var root = new RootCommand(Help(
            "Carries out plans: DAGs of tasks, given to agents, every instruction and result a sealed document that anyone can check.",
            "run samples/hello.plan.json"))
        {
            Store, Json,
            RunCommand.Create(), PlanCommand.Create(), ResumeCommand.Create(), StatusCommand.Create(), ListCommand.Create(),
            ResultsCommand.Create(), ExportCommand.Create(), VerifyCommand.Create(), CopyCommand.Create(), KeysCommand.Create(),
        };
        root.Options.OfType<HelpOption>().Single().Action = new HelpAction();
        return root;
    }

    /// <summary>The command that was meant, as it is typed: <c>miyabi keys trust</c>.</summary>
    internal static string PathOf(ParseResult parsed)
    {
        List<string> names = [];
        for (SymbolResult? at = parsed.CommandResult; at is CommandResult command; at = at.Parent)
            names.Insert(0, command.Command is RootCommand ? "miyabi" : command.Command.Name);
        return string.Join(' ', names);
    }

    /// <summary>The store that a command line names.</summary>
    internal static DirectoryBlobStore StoreOf(ParseResult parsed) => StoreOf(Store.Name, parsed.GetRequiredValue(Store));

    /// <summary>The store that an option names.</summary>
    internal static DirectoryBlobStore StoreOf(string option, string name)
    {
        if (name.Length == 0 || name.Contains("://", StringComparison.Ordinal) || name.Contains('\0'))
            throw new UsageException($"{option} {name}: give the path of a folder, e.g. {option} {StoreHint.Default}");
        return new DirectoryBlobStore(Path.GetFullPath(name));
    }

    /// <summary>What a suggested command needs to find the same store.</summary>
    internal static string StoreHintOf(ParseResult parsed) => parsed.GetResult(Store) is { Tokens: [{ Value: { Length: > 0 } name }] } ? StoreHint.Of(name) : "";

    /// <summary>A description with an example, as every command's help has it.</summary>
    internal static string Help(string what, string example) => $"{what}\n\nExample:\n  miyabi {example}";
}
