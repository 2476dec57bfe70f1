using System.Text;
using Miyabi.Core.Ledger;
using Miyabi.Storage.Keys;

namespace Orchestrator.Functions;

/// <summary>The key that the app seals with, and the keys that it trusts.</summary>
public sealed class AppKeys : IDisposable
{
    private readonly IDisposable owned;

    private AppKeys(ISigner signer, TrustList trust, string publicKeyPem, IDisposable owned) =>
        (Signer, Trust, PublicKeyPem, this.owned) = (signer, trust, publicKeyPem, owned);

    /// <summary>Signs with the app's key.</summary>
    public ISigner Signer { get; }

    /// <summary>Whose documents are believed.</summary>
    public TrustList Trust { get; }

    /// <summary>The public half of the app's key: what others need to trust it.</summary>
    public string PublicKeyPem { get; }

    /// <summary>Opens them.</summary>
    /// <exception cref="AppSettingsException">A key is none, or cannot be opened.</exception>
    public static async Task<AppKeys> OpenAsync(AppSettings settings, CancellationToken cancellationToken)
    {
        try
        {
            var more = settings.TrustedKeys is { Length: > 0 } json ? TrustFile.Read(Encoding.UTF8.GetBytes(json), "Miyabi__TrustedKeys") : [];
            if (settings.SigningKey == AppSettings.LocalKey)
            {
                var own = await InstallationKeys.OpenOrCreateAsync(MiyabiHome.Find(), cancellationToken);
                return new AppKeys(own.Signer, new TrustList(own.Trusted.Concat(more).DistinctBy(key => key.KeyId)), own.PublicKeyPem, own);
            }

            var signer = FileSigner.FromPem(settings.SigningKey)
                ?? throw new KeyException("Miyabi__SigningKey is no P-256 private key (PKCS#8, PEM). Make one: openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256");
            return new AppKeys(signer, new TrustList(more.Prepend(signer.Trusted("this app")).DistinctBy(key => key.KeyId)), signer.PublicKeyPem, signer);
        }
        catch (KeyException e)
        {
            throw new AppSettingsException([e.Message]);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => owned.Dispose();
}
