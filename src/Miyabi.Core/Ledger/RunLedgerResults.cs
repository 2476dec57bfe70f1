using Miyabi.Core.Agents;
using Miyabi.Core.Plans;

namespace Miyabi.Core.Ledger;

/// <summary>A result that this process has just written.</summary>
/// <param name="Digest">How others name it.</param>
/// <param name="Flushed">Ends when it outlasts a crash of the machine.</param>
/// <param name="Standing">What is known of it without reading it; <see langword="null"/>: nothing, it is to be read.</param>
internal sealed record WrittenResult(string Digest, Task Flushed, StandingResult? Standing);

/// <summary>What the store has for as long as it says that a blob has this version.</summary>
/// <param name="Document">The very bytes that were written, opened and verified as any reader would.</param>
/// <param name="Name">The blob's whole name.</param>
/// <param name="Version">The version that the store gave it.</param>
internal sealed record StandingResult(Verified<ResultDocument> Document, string Name, string Version);

// Results, and how those that this process wrote are found to stand.
public sealed partial class RunLedger
{
    /// <summary>Writes what an attempt came to.</summary>
    /// <returns><see langword="null"/> if there is a result already.</returns>
    internal async Task<WrittenResult?> WriteResultAsync(ResultDocument result, AgentKind kind, CancellationToken cancellationToken)
    {
        var path = LedgerPath.Result(result.Task, result.Attempt, kind);
        if (store is not IVersionedStore versioned)
            return await BeginCreateAsync(path, DocumentTypes.Result, result, cancellationToken) is var (digest, flushed) ? new WrittenResult(digest, flushed, null) : null;
        var sealedDocument = await sealer.SealAsync(DocumentTypes.Result, result, cancellationToken);
        var name = folder + path;
        if (await versioned.CreateVersionAsync(name, sealedDocument.File, cancellationToken) is not { } version)
            return null;
        // What checks came to is not where the listing of results looks: it is read.
        var isListed = path.StartsWith(LedgerPath.Results, StringComparison.Ordinal);
        return new WrittenResult(sealedDocument.Digest, Task.CompletedTask, isListed && AsRead() is { } document ? new StandingResult(document, name, version) : null);

        Verified<ResultDocument>? AsRead()
        {
            try
            {
                return Open<ResultDocument>(path, DocumentTypes.Result, found => found.Task == result.Task && found.Attempt == result.Attempt, sealedDocument.File);
            }
            catch (Exception e) when (e is SealException or UntrustedKeyException)
            {
                return null; // whoever reads it says what is wrong
            }
        }
    }

    /// <summary>The versions that results have in the store, by whole name; none, if it tells no versions.</summary>
    internal async Task<IReadOnlyDictionary<string, string>> ResultVersionsAsync(CancellationToken cancellationToken)
    {
        var versions = new Dictionary<string, string>(StringComparer.Ordinal);
        if (store is IVersionedStore versioned)
        {
            await foreach (var blob in versioned.ListVersionsAsync(folder + LedgerPath.Results, cancellationToken))
                versions[blob.Name] = blob.Version;
        }

        return versions;
    }
}
