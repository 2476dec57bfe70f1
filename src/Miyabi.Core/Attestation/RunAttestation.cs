using System.Text.Json;
using Miyabi.Core.Ledger;

namespace Miyabi.Core.Attestation;

/// <summary>Attests a proven run to the tools of others: an in-toto Statement v1 with SLSA provenance v1, in a DSSE envelope v1.</summary>
public static class RunAttestation
{
    // No path of a produced file has a colon, so no agent can make a file that goes by the name of a document.
    private const string OfTheLedger = "miyabi:";

    /// <summary>Composes the statement and signs it.</summary>
    /// <param name="run">The run.</param>
    /// <param name="signer">Who says so: need not have carried the run out.</param>
    /// <param name="cancellationToken">Ends the signing.</param>
    /// <returns>The envelope, a line of JSON. The signature is ECDSA P-256 with SHA-256, DER.</returns>
    public static ValueTask<byte[]> SignAsync(ProvenRun run, ISigner signer, CancellationToken cancellationToken) => DsseEnvelope.SealAsync(
        Statement.MediaType, JsonSerializer.SerializeToUtf8Bytes(StatementOf(run), AttestationForm.Json.Statement), signer, cancellationToken);

    internal static Statement StatementOf(ProvenRun run)
    {
        var manifest = run.Manifest;
        return new Statement(
            [.. run.Files.Select(file => new ResourceDescriptor(file.Key, new DigestSet(file.Value))), Of(run.Manifests[^1])],
            new Provenance(
                new BuildDefinition(ParametersOf(run), [Of(run.PlanFile)]),
                new RunDetails(
                    new Builder($"urn:miyabi:installation:{run.Manifests[^1].KeyId}"),
                    new BuildMetadata(run.Run, manifest.StartedAt, manifest.EndedAt),
                    [.. run.Manifests[..^1].Concat(run.Results).Select(Of)])
                {
                    Run = FactsOf(run),
                }));
    }

    // Paths of inputs are left out: they say where things lay on somebody's machine. The plan document, named by digest, has them.
    private static ExternalParameters ParametersOf(ProvenRun run) => new(
        new PlanParameter(run.PlanName, new DigestSet(run.Plan.PlanDigest)), run.Plan.Options.Providers, [.. run.Plan.Options.Paths.Keys])
    {
        Schedule = run.Plan.Options.Schedule,
        MaxParallel = run.Plan.Options.MaxParallel,
    };

    private static RunFacts FactsOf(ProvenRun run)
    {
        var (manifest, totals) = (run.Manifest, run.Manifest.Totals);
        return new RunFacts
        {
            Generation = manifest.Generation,
            Outcome = manifest.Outcome,
            Tasks = totals.Tasks,
            Accepted = totals.Accepted,
            Failed = totals.Failed,
            Skipped = totals.Skipped,
            Attempts = totals.Attempts,
            InputTokens = totals.Usage.InputTokens,
            OutputTokens = totals.Usage.OutputTokens,
            CostUsd = totals.Usage.CostUsd,
            ContentRoot = manifest.ContentRoot,
            Root = manifest.Root,
            KeyIds = run.KeyIds,
        };
    }

    private static ResourceDescriptor Of(LedgerFile file) => new(OfTheLedger + file.Name, new DigestSet(file.Sha256));
}
