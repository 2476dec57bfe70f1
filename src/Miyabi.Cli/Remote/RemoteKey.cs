using System.Collections.Immutable;
using Miyabi.Core.Ledger;
using Miyabi.Storage.Keys;

namespace Miyabi.Cli.Remote;

/// <summary>Trusts a function app's key: only the one whose id the person names, who has it from somewhere else than the app.</summary>
internal static class RemoteKey
{
    /// <summary>Trusts it.</summary>
    /// <param name="app">The app.</param>
    /// <param name="expected">The key's id; <see langword="null"/>: it is only shown.</param>
    /// <param name="name">What to call the key; empty: as the app's address.</param>
    /// <param name="roles">What it may sign.</param>
    /// <param name="hint">What suggested commands need to find the app.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="UsageException">No id, or another one, was named.</exception>
    internal static async Task<int> TrustAsync(
        RemoteApp app, string? expected, string name, ImmutableArray<KeyRole> roles, string hint, CancellationToken cancellationToken)
    {
        var (id, pem) = await ReadAsync(app, cancellationToken);
        if (expected is null)
            throw new UsageException(
                $"The function app at {app.Address.Text} says that it seals with key {id}. Nothing is trusted yet.",
                $"If whoever runs the app tells you the same id: miyabi keys trust{hint} --id {id}");
        if (expected != id)
            throw new UsageException($"The function app at {app.Address.Text} seals with key {id}, and not with the one that --id names. Nothing was changed; ask whoever runs the app.");
        var key = await TrustFile.AddAsync(MiyabiHome.Find(), pem, name.Length > 0 ? name : app.Address.Api.Host, roles, cancellationToken);
        Terminal.WriteLine($"Key {key.KeyId} is trusted now.");
        return ExitCode.Success;
    }

    /// <summary>The app's key, and its id as it is worked out here.</summary>
    internal static async Task<(string Id, string Pem)> ReadAsync(RemoteApp app, CancellationToken cancellationToken)
    {
        var key = await app.ReadKeyAsync(cancellationToken);
        try
        {
            var id = TrustFile.KeyIdOf(key.Pem ?? "");
            return id == key.KeyId ? (id, key.Pem!) : throw app.Senseless("its key has another id than it says");
        }
        catch (KeyException)
        {
            throw app.Senseless("what it gives as its key is none");
        }
    }
}
