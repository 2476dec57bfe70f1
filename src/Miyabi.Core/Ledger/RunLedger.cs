using System.Security.Cryptography;
using System.Text;

namespace Miyabi.Core.Ledger;

/// <summary>A document that was read back and whose seal holds.</summary>
/// <param name="Value">What it says.</param>
/// <param name="Digest">How others name it.</param>
public sealed record Verified<T>(T Value, string Digest);

/// <summary>One run's documents: written sealed and once, read back verified.</summary>
/// <remarks>Every method may throw <see cref="StoreException"/>. Safe for use from many threads.</remarks>
public sealed partial class RunLedger(string run, IBlobStore store, Sealer sealer, TrustList trust)
{
    private readonly string folder = LedgerPath.Run(run);

    /// <summary>The run's id.</summary>
    public string Run => run;

    /// <summary>The store.</summary>
    internal IBlobStore Store => store;

    /// <summary>The whole name of a path below the run's folder.</summary>
    internal string NameOf(string path) => folder + path;

    /// <summary>Writes a document, if there is none at the path.</summary>
    /// <returns>Its digest; <see langword="null"/> if there is one already.</returns>
    internal async Task<string?> CreateAsync<T>(string path, string type, T document, CancellationToken cancellationToken)
    {
        var sealedDocument = await sealer.SealAsync(type, document, cancellationToken);
        return await store.CreateAsync(folder + path, sealedDocument.File, cancellationToken) ? sealedDocument.Digest : null;
    }

    /// <summary>The same without waiting until it outlasts a crash of the machine.</summary>
    /// <returns>Its digest and a task that ends when it does; <see langword="null"/> if there is one already.</returns>
    internal async Task<(string Digest, Task Flushed)?> BeginCreateAsync<T>(string path, string type, T document, CancellationToken cancellationToken)
    {
        var sealedDocument = await sealer.SealAsync(type, document, cancellationToken);
        return await store.BeginCreateAsync(folder + path, sealedDocument.File, cancellationToken) is { } flushed ? (sealedDocument.Digest, flushed) : null;
    }

    /// <summary>Reads a document of this run.</summary>
    /// <param name="path">Where.</param>
    /// <param name="type">Which type belongs there.</param>
    /// <param name="identity">Whether the document is the one that belongs at the path; the run is checked besides.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The document, or <see langword="null"/> if there is none.</returns>
    /// <exception cref="SealException">It is no such document, or not the one that belongs there.</exception>
    /// <exception cref="UntrustedKeyException">Its key is not trusted for it.</exception>
    internal async Task<Verified<T>?> ReadAsync<T>(
        string path, string type, Func<T, bool> identity, CancellationToken cancellationToken)
        where T : class, IRunDocument => await ReadFileAsync(path, type, identity, cancellationToken) is (var document, _) ? document : null;

    /// <summary>The same, with the file as it stands in the store: those very bytes were verified.</summary>
    internal async Task<(Verified<T> Document, byte[] File)?> ReadFileAsync<T>(
        string path, string type, Func<T, bool> identity, CancellationToken cancellationToken)
        where T : class, IRunDocument
    {
        try
        {
            var file = await store.ReadAsync(folder + path, SealFormat.MaxFileBytes, cancellationToken);
            return file is null ? null : (Open(path, type, identity, file), file);
        }
        catch (StoreException e) when (e.Fault == StoreFault.TooLarge)
        {
            throw new SealException($"{path} is larger than any document: {e.Message}", e) { Document = path };
        }
    }

    private Verified<T> Open<T>(string path, string type, Func<T, bool> identity, ReadOnlyMemory<byte> file)
        where T : class, IRunDocument
    {
        try
        {
            var document = trust.Open(file, type);
            var value = LedgerJson.Read<T>(document.Document.Span);
            if (value.Run != run)
                throw new SealException($"It is a document of run '{value.Run}', not of '{run}'.");
            if (!identity(value))
                throw new SealException("It is a document that belongs at another path.");
            trust.CheckDate(document, value.Dated);
            return new Verified<T>(value, document.Digest);
        }
        catch (SealException e)
        {
            throw new SealException($"{path}: {e.Message}", e) { Document = path };
        }
        catch (UntrustedKeyException e)
        {
            throw new UntrustedKeyException(e.KeyId, $"{path}: {e.Message}") { Document = path };
        }
    }

    /// <summary>Moves a document that does not stand up to verification out of the way: it is kept, and never trusted.</summary>
    internal async Task QuarantineAsync(string path, CancellationToken cancellationToken)
    {
        Telemetry.Measures.PutAside();
        byte[]? file;
        try
        {
            file = await store.ReadAsync(folder + path, SealFormat.MaxFileBytes, cancellationToken);
        }
        catch (StoreException e) when (e.Fault == StoreFault.TooLarge)
        {
            // No document is that large, and it must not block: what is kept of it is this note.
            file = Encoding.UTF8.GetBytes($"Not kept, because it was too large: {e.Message}\n");
        }

        if (file is null)
            return;
        var name = $"{folder}{LedgerPath.Quarantine}{path.Replace('/', '.')}.{Convert.ToHexStringLower(SHA256.HashData(file))[..16]}";
        await store.CreateAsync(name, file, cancellationToken);
        await store.DeleteAsync(folder + path, cancellationToken);
    }
}

/// <summary>What every document of a run has.</summary>
internal interface IRunDocument
{
    /// <summary>The run's id.</summary>
    string Run { get; }

    /// <summary>When it was made, for the validity of keys.</summary>
    DateTimeOffset Dated { get; }
}
