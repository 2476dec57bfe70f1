using System.CommandLine;
using Miyabi.Cli.Remote;

namespace Miyabi.Cli.Commands;

/// <summary>The options that name a function app in place of a store, and show it who asks.</summary>
internal static class RemoteOptions
{
    internal static readonly Option<string?> Url = new("--url")
    {
        Description = "A function app in place of a store: runs are carried out and kept there, and proven here. https://, or http:// on this machine "
            + $"[default: the variable {RemoteAddress.Variable}]",
        HelpName = "URL",
        Recursive = true,
    };

    internal static readonly Option<string?> Key = new("--key")
    {
        Description = $"The function app's key. Other processes of this machine can see it in the command line: better put it into the variable {FunctionKey.Variable}",
        HelpName = "KEY",
        Recursive = true,
    };

    internal static readonly Option<string?> Entra = new("--entra")
    {
        Description = $"Sign in at the function app with Microsoft Entra ID, as by az login; RESOURCE is the app's id there, api://... [default: the variable {EntraToken.Variable}]",
        HelpName = "RESOURCE",
        Recursive = true,
    };

    /// <summary>The function app that a command line means; <see langword="null"/>: a store is meant. Nothing is sent yet.</summary>
    /// <exception cref="UsageException">The options go not together, or one is none.</exception>
    internal static RemoteApp? Of(ParseResult parsed)
    {
        if (parsed.GetValue(Url) is not null && Root.NamesStore(parsed))
            throw new UsageException($"{Url.Name} and {Root.Store.Name} exclude each other: name either a function app or a store.");
        if (Given(parsed) is not { } given)
        {
            if (parsed.GetValue(Key) is not null || parsed.GetValue(Entra) is not null)
                throw new UsageException($"{Key.Name} and {Entra.Name} are shown to a function app: name it with {Url.Name}.");
            return null;
        }

        var address = RemoteAddress.Parse(given.Name, given.Value);
        List<IRemoteProof> proofs = [];
        if (Given(parsed, Key, FunctionKey.Variable) is { } key)
            proofs.Add(new FunctionKey(key.Name, key.Value));
        if (Given(parsed, Entra, EntraToken.Variable) is { } resource)
            proofs.Add(EntraToken.Of(resource.Value));
        return new RemoteApp(address, new RemoteConnection(address, proofs, new RemotePatience()));
    }

    /// <summary>Whether a command line means a function app.</summary>
    internal static bool AreMeant(ParseResult parsed) => Given(parsed) is not null;

    /// <summary>What a suggested command needs to find the same app; <see langword="null"/>: none is meant. Never holds a key.</summary>
    internal static string? HintOf(ParseResult parsed)
    {
        if (Given(parsed) is not { } given)
            return null;
        try
        {
            return given.Name == Url.Name ? $" {Url.Name} {StoreHint.Quoted(RemoteAddress.Parse(given.Name, given.Value).Text)}" : "";
        }
        catch (UsageException)
        {
            return ""; // that it is none is what the person is told
        }
    }

    /// <summary>Throws if options are given that mean nothing to a function app.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="options">Each with the reason.</param>
    internal static void Refuse(ParseResult parsed, params ReadOnlySpan<(Option Option, string Why)> options)
    {
        foreach (var (option, why) in options)
        {
            if (parsed.GetResult(option) is { Implicit: false })
                throw new UsageException($"{option.Name} cannot be had of a function app: {why}.");
        }
    }

    private static (string Name, string Value)? Given(ParseResult parsed) =>
        parsed.GetValue(Url) is { } url ? (Url.Name, url) : Root.NamesStore(parsed) ? null : Variable(RemoteAddress.Variable);

    private static (string Name, string Value)? Given(ParseResult parsed, Option<string?> option, string variable) =>
        parsed.GetValue(option) is { } value ? (option.Name, value) : Variable(variable);

    private static (string Name, string Value)? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? (name, value) : null;
}
