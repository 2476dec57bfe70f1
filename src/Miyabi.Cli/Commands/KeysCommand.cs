using System.Collections.Immutable;
using System.CommandLine;
using Miyabi.Cli.Contracts;
using Miyabi.Cli.Remote;
using Miyabi.Cli.View;
using Miyabi.Core.Ledger;
using Miyabi.Storage.Keys;

namespace Miyabi.Cli.Commands;

/// <summary><c>miyabi keys</c>: whose documents are believed here.</summary>
internal static class KeysCommand
{
    internal static Command Create()
    {
        var command = new Command("keys", Root.Help("Shows the keys that are trusted here, and what they may sign; makes this installation's own key at first use", "keys"))
        {
            Export(), Trust(), Remove(),
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var home = MiyabiHome.Find();
            using var keys = await InstallationKeys.OpenOrCreateAsync(home, cancellationToken);
            if (parsed.GetValue(Root.Json))
                await Contract.WriteAsync(KeysJson.Of(home, keys));
            else
                Show(home, keys);
            return ExitCode.Success;
        });
        return command;
    }

    private static Command Export()
    {
        var command = new Command("export", Root.Help("Prints this installation's public key, for others to trust", "keys export > my-key.pem"));
        command.SetAction(async (_, cancellationToken) =>
        {
            using var keys = await InstallationKeys.OpenOrCreateAsync(MiyabiHome.Find(), cancellationToken);
            await Console.Out.WriteAsync(keys.PublicKeyPem);
            return ExitCode.Success;
        });
        return command;
    }

    private static Command Trust()
    {
        var file = new Argument<string?>("FILE") { Description = "A public key in PEM, as 'miyabi keys export' prints it", Arity = ArgumentArity.ZeroOrOne };
        var own = new Option<bool>("--own") { Description = "Trust this installation's own key (again)" };
        var name = new Option<string>("--name") { Description = "What to call the key", HelpName = "TEXT", DefaultValueFactory = _ => "" };
        var roles = new Option<string>("--roles")
        {
            Description = "What it may sign: run (plans, steps, manifests), agent (instructions, results), control (people's decisions)",
            HelpName = "LIST",
            DefaultValueFactory = _ => "run,agent,control",
        };
        var id = new Option<string?>("--id") { Description = "With --url: the key's id, as whoever runs the app told you. Nothing else is trusted; without it, the app's key is shown", HelpName = "KEY" };
        var command = new Command("trust", Root.Help("Trusts a public key, or with --url a function app's", "keys trust build-machine.pem --name build-machine --roles run,agent"))
        {
            file, own, name, roles, id,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            // A variable that names an app is no wish to trust it where something else is named.
            var isNamed = parsed.GetValue(own) || parsed.GetValue(file) is not null;
            using var app = isNamed && parsed.GetValue(RemoteOptions.Url) is null ? null : RemoteOptions.Of(parsed);
            if (app is not null && !isNamed)
                return await RemoteKey.TrustAsync(app, parsed.GetValue(id), parsed.GetRequiredValue(name), RolesOf(parsed.GetRequiredValue(roles)), Root.StoreHintOf(parsed), cancellationToken);
            if (app is not null || parsed.GetValue(id) is not null || parsed.GetValue(own) == parsed.GetValue(file) is not null)
                throw new UsageException("Give either a key file, --own, or --url URL with --id KEY.");
            var home = MiyabiHome.Find();
            var key = parsed.GetValue(file) is { } path
                ? await TrustFile.AddAsync(home, await ReadAsync(path, cancellationToken), parsed.GetRequiredValue(name), RolesOf(parsed.GetRequiredValue(roles)), cancellationToken)
                : await TrustFile.AddOwnAsync(home, cancellationToken);
            Terminal.WriteLine($"Key {key.KeyId} is trusted now.");
            return ExitCode.Success;
        });
        return command;
    }

    private static Command Remove()
    {
        var id = new Argument<string>("KEY") { Description = "The key's id" };
        var command = new Command("remove", Root.Help("Trusts a key no longer; documents that it sealed are not believed from now on", "keys remove 0f3c5a7e9b1d2c4e6f8091a2b3c4d5e6")) { id };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var key = parsed.GetRequiredValue(id);
            var home = MiyabiHome.Find();
            // A home that is not there yet is not made to find that it has no such key.
            if (InstallationKeys.IsNew(home) || !await TrustFile.RemoveAsync(home, key, cancellationToken))
                throw new UsageException($"There is no trusted key '{key}'. See which there are: miyabi keys");
            Terminal.WriteLine($"Key {key} is trusted no longer.");
            return ExitCode.Success;
        });
        return command;
    }

    private static ImmutableArray<KeyRole> RolesOf(string list) => [.. list.Split(',', StringSplitOptions.TrimEntries).Select(role => role switch
    {
        "run" => KeyRole.Run,
        "agent" => KeyRole.Agent,
        "control" => KeyRole.Control,
        _ => throw new UsageException($"--roles {list}: give some of run,agent,control."),
    }).Distinct()];

    private static async Task<string> ReadAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            const int MostBytes = 64 * 1024;
            return new FileInfo(path).Length <= MostBytes
                ? await File.ReadAllTextAsync(path, cancellationToken)
                : throw new UsageException($"{path} is no public key: it is larger than {MostBytes} bytes.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new UsageException($"The key file {path} cannot be read: {e.Message}");
        }
    }

    private static void Show(string home, InstallationKeys keys)
    {
        var console = Terminal.Console;
        var look = Look.Of(console);
        var grid = new Grid(look, new Column("Key", 32), new Column("", 3), new Column("May sign", 19), new Column("Name", 8));
        foreach (var key in keys.Trusted)
        {
            grid.Add(
                PlainText.Clean(key.KeyId),
                key.KeyId == keys.Signer.KeyId ? "own" : "",
                string.Join(", ", key.Roles).ToLowerInvariant(),
                PlainText.Clean(key.Name));
        }

        console.Write(new Block([.. grid.Lines(console.Profile.Width), Line.Empty], look.Unicode));
        Terminal.WriteLine($"In {home}.");
        Terminal.WriteLine("Whoever can read signing-key.pem there can sign as this installation.");
    }
}
