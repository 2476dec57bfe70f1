using Miyabi.Agents;
using Miyabi.Agents.Command;
using Miyabi.Core.Activities;
using Miyabi.Core.Ledger;
using Miyabi.Storage;
using Miyabi.Storage.Keys;

namespace Miyabi.Cli;

/// <summary>The store and the keys that a command works with.</summary>
internal sealed class Installation : IDisposable
{
    private readonly InstallationKeys? keys;

    private Installation(IAddressedStore store, InstallationKeys? keys, TrustList trust)
    {
        (Store, this.keys, Trust) = (store, keys, trust);
        Runs = new OpenRuns(store, new Sealer(keys?.Signer ?? new NoSigner()), trust, TimeProvider.System);
    }

    /// <summary>Where runs are kept.</summary>
    internal IAddressedStore Store { get; }

    /// <summary>Whose documents are believed.</summary>
    internal TrustList Trust { get; }

    /// <summary>The runs.</summary>
    internal OpenRuns Runs { get; }

    /// <summary>The providers, for runs of this store.</summary>
    /// <param name="keepsWorkspaces">Whether the workspaces of attempts that do not succeed are kept.</param>
    /// <exception cref="UsageException">The environment's settings of models are wrong.</exception>
    internal AgentProviders Providers(bool keepsWorkspaces = false) =>
        AgentProviders.Standard(TimeProvider.System, new CommandOptions { Store = Store.Address, KeepFailed = keepsWorkspaces }, EnvironmentModels.Read());

    /// <summary>To write: makes the signing key at first use.</summary>
    internal static async Task<Installation> OpenAsync(IAddressedStore store, CancellationToken cancellationToken)
    {
        var own = await InstallationKeys.OpenOrCreateAsync(MiyabiHome.Find(), cancellationToken);
        return new Installation(store, own, new TrustList(own.Trusted));
    }

    /// <summary>To read: needs no private key, and makes nothing. Without a home folder yet, nobody is trusted.</summary>
    internal static async Task<Installation> OpenForReadingAsync(IAddressedStore store, CancellationToken cancellationToken)
    {
        var home = MiyabiHome.Find();
        return new Installation(store, null, new TrustList(InstallationKeys.IsNew(home) ? [] : await TrustFile.ReadAsync(home, cancellationToken)));
    }

    public void Dispose() => keys?.Dispose();

    private sealed class NoSigner : ISigner
    {
        public string KeyId => "";

        public ValueTask<byte[]> SignAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken) =>
            throw new InvalidOperationException("A command that only reads wants to write.");
    }
}
