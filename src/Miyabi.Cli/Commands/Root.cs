using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Parsing;
using Miyabi.Cli.Remote;
using Miyabi.Core.Ledger;
using Miyabi.Storage;

namespace Miyabi.Cli.Commands;

/// <summary>The command line as a whole.</summary>
internal static class Root
{
    /// <summary>Where runs are kept.</summary>
    internal static readonly Option<string> Store = new("--store")
    {
        Description = "Where runs are kept: a folder; azurite, the emulator on this machine (azurite:PORT/CONTAINER); https://ACCOUNT.blob.core.windows.net/CONTAINER, "
            + $"signed in as by az login; or container:NAME with a connection string in {StoreAddress.ConnectionVariable}",
        HelpName = "STORE",
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
            Store, Json, RemoteOptions.Url, RemoteOptions.Key, RemoteOptions.Entra,
            RunCommand.Create(), PlanCommand.Create(), ResumeCommand.Create(), StatusCommand.Create(), ListCommand.Create(),
            WatchCommand.Create(), DoctorCommand.Create(), InitCommand.Create(),
            ResultsCommand.Create(), ExportCommand.Create(), VerifyCommand.Create(), CopyCommand.Create(), KeysCommand.Create(),
        };
        foreach (var control in ControlCommands.Create())
            root.Add(control);
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
    internal static IAddressedStore StoreOf(ParseResult parsed) => StoreOf(Store.Name, parsed.GetRequiredValue(Store));

    /// <summary>Where the documents of runs are read: the store, or the function app, that a command line names.</summary>
    internal static IAddressedStore SourceOf(ParseResult parsed) => RemoteOptions.Of(parsed) is { } app ? new HttpBlobStore(app) : StoreOf(parsed);

    /// <summary>The store that an option names.</summary>
    internal static IAddressedStore StoreOf(string option, string name)
    {
        try
        {
            return StoreAddress.Parse(name, Environment.GetEnvironmentVariable).Open();
        }
        catch (StoreException e) when (e.Fault == StoreFault.NotAStore)
        {
            throw new UsageException(e.Message.Replace(Store.Name, option, StringComparison.Ordinal));
        }
    }

    /// <summary>Whether a command line names a store: not by default.</summary>
    internal static bool NamesStore(ParseResult parsed) => parsed.GetResult(Store) is { Implicit: false };

    /// <summary>What a suggested command needs to find the same store or function app.</summary>
    internal static string StoreHintOf(ParseResult parsed) => RemoteOptions.HintOf(parsed) is { } hint ? hint : parsed.GetResult(Store) is { Tokens: [{ Value: { Length: > 0 } name }] } ? StoreHint.Of(name) : "";

    /// <summary>A description with an example, as every command's help has it.</summary>
    internal static string Help(string what, string example) => $"{what}\n\nExample:\n  miyabi {example}";
}
