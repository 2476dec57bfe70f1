using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Miyabi.Core.Ledger;

/// <summary>Turns documents into sealed files with the key of this installation.</summary>
public sealed class Sealer(ISigner signer)
{
    /// <summary>Writes a document down and signs it.</summary>
    public async ValueTask<SealedDocument> SealAsync<T>(string type, T document, CancellationToken cancellationToken)
    {
        var bytes = LedgerJson.Write(document, (JsonTypeInfo<T>)LedgerJson.Default.GetTypeInfo(typeof(T))!);
        var signature = await signer.SignAsync(SealFormat.PreAuthenticationEncoding(type, bytes), cancellationToken);
        var unfinished = new SealedDocument(type, signer.KeyId, bytes, signature, default);
        return new SealedDocument(
            type, signer.KeyId, bytes, signature, SealFormat.Compose(type, signer.KeyId, unfinished.Digest, bytes, signature));
    }
}
