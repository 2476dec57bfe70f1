using System.Security.Cryptography;

namespace Miyabi.Core.Ledger;

/// <summary>A document and its seal, as they stand in one file.</summary>
/// <remarks>
/// <code>{ "document": {...}, "seal": { "type", "keyId", "sha256", "signature" } }</code>
/// The signature is over the DSSE pre-authentication encoding of the type and of the exact bytes of the document's value, so any tool that
/// copies files keeps the proof. To hold one says nothing about trust: <see cref="TrustList"/> does.
/// </remarks>
public sealed class SealedDocument
{
    internal SealedDocument(string type, string keyId, ReadOnlyMemory<byte> document, string digest, ReadOnlyMemory<byte> signature, ReadOnlyMemory<byte> file)
    {
        Type = type;
        KeyId = keyId;
        Document = document;
        Signature = signature;
        File = file;
        Digest = digest;
    }

    /// <summary>What kind of document it is, one of <see cref="DocumentTypes"/>.</summary>
    public string Type { get; }

    /// <summary>The id of the key that the seal names.</summary>
    public string KeyId { get; }

    /// <summary>SHA-256 of <see cref="Document"/>, lower-case hex: how other documents name this one.</summary>
    public string Digest { get; }

    /// <summary>The exact bytes of the document's value.</summary>
    public ReadOnlyMemory<byte> Document { get; }

    /// <summary>64 bytes: r and s.</summary>
    public ReadOnlyMemory<byte> Signature { get; }

    /// <summary>The whole file.</summary>
    public ReadOnlyMemory<byte> File { get; }

    /// <summary>How a document is named by others: SHA-256 of its exact bytes, lower-case hex.</summary>
    internal static string DigestOf(ReadOnlySpan<byte> document) => Convert.ToHexStringLower(SHA256.HashData(document));
}

/// <summary>A file is no sealed document, or its seal does not hold.</summary>
public sealed class SealException(string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>The document, below the run's folder; <see langword="null"/>: not known here.</summary>
    public string? Document { get; init; }
}
