using System.Buffers;
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
        var signature = await SignAsync(type, bytes, cancellationToken);
        var digest = SealedDocument.DigestOf(bytes);
        return new SealedDocument(type, signer.KeyId, bytes, digest, signature, SealFormat.Compose(type, signer.KeyId, digest, bytes, signature));
    }

    private async ValueTask<byte[]> SignAsync(string type, byte[] document, CancellationToken cancellationToken)
    {
        var message = ArrayPool<byte>.Shared.Rent(SealFormat.PreAuthenticationRoom(type, document.Length));
        try
        {
            var length = SealFormat.WritePreAuthenticationEncoding(type, document, message);
            return await signer.SignAsync(message.AsMemory(0, length), cancellationToken);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(message);
        }
    }
}
