using System.Collections.Concurrent;
using System.Security.Cryptography;
using Miyabi.Core.Agents;
using Miyabi.Core.Ledger;
using Miyabi.Core.Plans;

namespace Miyabi.Core.Verification;

/// <summary>Reads documents for a verification, and notes how each wrong one is wrong.</summary>
internal sealed class DocumentReader(string run, IBlobStore store, TrustList trust)
{
    private const string Gone = "It is not there, and other documents say that it was.";
    private const string Cure = "If you know whose it is: miyabi keys trust --help";

    private readonly string folder = LedgerPath.Run(run);
    private readonly ConcurrentDictionary<string, Finding> findings = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, bool> keys = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, bool> visited = new(StringComparer.Ordinal);
    private int documents;

    internal int Documents => documents;

    internal IEnumerable<string> Keys => keys.Keys.Order(StringComparer.Ordinal);

    internal IEnumerable<Finding> Findings => findings.Values.OrderBy(finding => finding.Path, StringComparer.Ordinal);

    /// <summary>The kinds of the plan's tasks, once the plan is known: results of Codex tasks have another name.</summary>
    internal Func<string, AgentKind?> KindOfTask { get; set; } = _ => null;

    internal bool HasVisited(string path) => visited.ContainsKey(path);

    internal bool IsMissing(string path) => findings.TryGetValue(path, out var finding) && finding.Kind == FindingKind.Missing;

    internal bool IsWrong(string path) => findings.ContainsKey(path);

    /// <summary>Notes a wrong document; of several things wrong with one, the first.</summary>
    internal void Note(string path, FindingKind kind, string message) => findings.TryAdd(path, new Finding(folder + path, kind, message));

    /// <summary>Reads a document that should be there.</summary>
    /// <param name="path">Where.</param>
    /// <param name="type">Which type belongs there.</param>
    /// <param name="digest">Its digest, if other documents name it.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>It, or <see langword="null"/> if it is wrong: that is noted.</returns>
    internal async Task<Verified<T>?> ReadAsync<T>(string path, string type, string? digest, CancellationToken cancellationToken)
        where T : class, IRunDocument
    {
        visited.TryAdd(path, true);
        try
        {
            if (await store.ReadAsync(folder + path, SealFormat.MaxFileBytes, cancellationToken) is not { } file)
            {
                Note(path, FindingKind.Missing, Gone);
                return null;
            }

            Interlocked.Increment(ref documents);
            var document = trust.Open(file);
            if (await MisplacedAsync(path, DocumentHome.Of(document, KindOfTask), cancellationToken) is { } misplaced)
            {
                Note(path, misplaced.Kind, misplaced.Message);
                return null;
            }

            if (document.Type != type)
                throw new SealException($"It is a '{document.Type}', not a '{type}'.");
            var value = LedgerJson.Read<T>(document.Document.Span);
            trust.CheckDate(document, value.Dated);
            keys.TryAdd(document.KeyId, true);
            if (digest is not null && digest != document.Digest)
            {
                Note(path, FindingKind.Altered, Replaced(document.Digest, digest));
                return null;
            }

            return new Verified<T>(value, document.Digest);
        }
        catch (SealException e)
        {
            Note(path, FindingKind.Altered, e.Message);
        }
        catch (UntrustedKeyException e)
        {
            Note(path, FindingKind.UnknownKey, $"{e.Message} {Cure}");
        }
        catch (StoreException e) when (e.Fault == StoreFault.TooLarge)
        {
            Note(path, FindingKind.Altered, e.Message);
        }

        return null;
    }

    /// <summary>Checks the seal and the place of a document, whatever its type.</summary>
    /// <param name="path">Where.</param>
    /// <param name="digest">Its digest, if another document names it; <see langword="null"/>: nothing names it yet.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    internal async Task CheckSealAsync(string path, string? digest, CancellationToken cancellationToken)
    {
        visited.TryAdd(path, true);
        try
        {
            if (await store.ReadAsync(folder + path, SealFormat.MaxFileBytes, cancellationToken) is not { } file)
            {
                if (digest is not null)
                    Note(path, FindingKind.Missing, Gone);
                return;
            }

            Interlocked.Increment(ref documents);
            var document = trust.Open(file);
            var home = DocumentHome.Of(document, KindOfTask);
            trust.CheckDate(document, home.Dated);
            if (await MisplacedAsync(path, home, cancellationToken) is { } misplaced)
                Note(path, misplaced.Kind, misplaced.Message);
            else if (digest is not null && digest != document.Digest)
                Note(path, FindingKind.Altered, Replaced(document.Digest, digest));
        }
        catch (SealException e)
        {
            Note(path, FindingKind.Altered, e.Message);
        }
        catch (UntrustedKeyException e)
        {
            Note(path, FindingKind.UnknownKey, $"{e.Message} {Cure}");
        }
        catch (StoreException e) when (e.Fault == StoreFault.TooLarge)
        {
            Note(path, FindingKind.Altered, e.Message);
        }
    }

    /// <summary>Checks that an artifact is there and is what its name says.</summary>
    internal async Task CheckArtifactAsync(string sha256, CancellationToken cancellationToken)
    {
        var path = LedgerPath.Artifact(sha256);
        if (!visited.TryAdd(path, true))
            return;
        if (sha256.Length != 64 || !sha256.All(char.IsAsciiHexDigitLower))
        {
            Note(path, FindingKind.Unexpected, "Its name is no SHA-256.");
            return;
        }

        try
        {
            var content = await store.ReadAsync(folder + path, AgentLimits.MaxFileBytes, cancellationToken);
            if (content is null)
                Note(path, FindingKind.Missing, "It is not there, and a result says that it was.");
            else if (Convert.ToHexStringLower(SHA256.HashData(content)) != sha256)
                Note(path, FindingKind.Altered, "Its content is not what its name says.");
        }
        catch (StoreException e) when (e.Fault == StoreFault.TooLarge)
        {
            Note(path, FindingKind.Altered, e.Message);
        }
    }

    private static string Replaced(string found, string named) => $"Its digest is {found}; other documents name {named}: it was replaced.";

    private async Task<(FindingKind Kind, string Message)?> MisplacedAsync(string path, DocumentHome home, CancellationToken cancellationToken)
    {
        if (home.Run != run)
            return (FindingKind.Replayed, $"It was made for run '{home.Run}' ({home.Paths[0]}).");
        if (home.Paths.Contains(path))
            return null;
        foreach (var other in home.Paths)
        {
            if (await HomeOfAsync(other, cancellationToken) is { } there && there.Run == run && there.Paths.Contains(path))
                return (FindingKind.Swapped, $"It changed places with {folder}{other}.");
        }

        return (FindingKind.Replayed, $"It was made for {folder}{home.Paths[0]}.");
    }

    private async Task<DocumentHome?> HomeOfAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            return BlobName.IsValid(folder + path) && await store.ReadAsync(folder + path, SealFormat.MaxFileBytes, cancellationToken) is { } file
                ? DocumentHome.Of(SealFormat.Parse(file), KindOfTask)
                : null;
        }
        catch (SealException)
        {
            return null;
        }
        catch (StoreException e) when (e.Fault == StoreFault.TooLarge)
        {
            return null;
        }
    }
}
