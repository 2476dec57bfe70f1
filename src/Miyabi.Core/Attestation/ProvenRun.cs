using System.Collections.Immutable;
using Miyabi.Core.Ledger;
using Miyabi.Core.Plans;
using Miyabi.Core.Verification;

namespace Miyabi.Core.Attestation;

/// <summary>A run that has ended and was verified as a whole, as far as an attestation speaks of it.</summary>
public sealed record ProvenRun
{
    internal ProvenRun()
    {
    }

    /// <summary>The run's id.</summary>
    public required string Run { get; init; }

    /// <summary>What was accepted to run.</summary>
    public required PlanDocument Plan { get; init; }

    /// <summary>The plan's name; untrusted text.</summary>
    public required string PlanName { get; init; }

    /// <summary>The file of the plan document.</summary>
    public required LedgerFile PlanFile { get; init; }

    /// <summary>The last manifest.</summary>
    public required ManifestDocument Manifest { get; init; }

    /// <summary>The files of the manifests, one a generation, in order: the last is <see cref="Manifest"/>.</summary>
    public required ImmutableArray<LedgerFile> Manifests { get; init; }

    /// <summary>The files of the accepted tasks' results, in the plan's order.</summary>
    public required ImmutableArray<LedgerFile> Results { get; init; }

    /// <summary>What the accepted tasks produced: path to SHA-256. Of several tasks that produced one path, the last in the plan's order.</summary>
    public required ImmutableSortedDictionary<string, string> Files { get; init; }

    /// <summary>Ids of the keys that sealed the run's documents.</summary>
    public required ImmutableArray<string> KeyIds { get; init; }

    /// <summary>Verifies a run and reads what an attestation speaks of.</summary>
    /// <param name="store">Where it is.</param>
    /// <param name="trust">Whose documents are believed.</param>
    /// <param name="run">The run's id.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="Activities.RunNotFoundException">There is nothing of a run of the id.</exception>
    /// <exception cref="RunNotProvenException">It has not ended, or a document is wrong.</exception>
    /// <exception cref="SealException">A document was changed while it was read.</exception>
    /// <exception cref="StoreException">The store cannot be read.</exception>
    public static async Task<ProvenRun> ReadAsync(IBlobStore store, TrustList trust, string run, CancellationToken cancellationToken)
    {
        var report = await new RunVerifier(store, trust).VerifyAsync(run, null, cancellationToken);
        return report.IsProven
            ? await new ProvenRunReader(store, trust, report).ReadAsync(cancellationToken)
            : throw new RunNotProvenException(report);
    }
}

/// <summary>A file of the ledger.</summary>
/// <param name="Name">Its name in the store.</param>
/// <param name="Sha256">Of the whole file, as any tool works it out; not the digest by which documents name each other.</param>
/// <param name="KeyId">The key that sealed it.</param>
public sealed record LedgerFile(string Name, string Sha256, string KeyId);

/// <summary>What is asked for is for proven runs only, and this one is none.</summary>
public sealed class RunNotProvenException(VerificationReport report) : Exception(Reason(report))
{
    /// <summary>What the verification came to.</summary>
    public VerificationReport Report { get; } = report;

    private static string Reason(VerificationReport report) => report.Findings switch
    {
        [] => $"Run '{report.Run}' has not ended: only the whole of a run can be attested.",
        [var one] => $"Run '{report.Run}' does not verify: {one.Path} is wrong. {one.Message}",
        [var first, ..] => $"Run '{report.Run}' does not verify: {report.Findings.Length} documents are wrong, first {first.Path}. {first.Message}",
    };
}
