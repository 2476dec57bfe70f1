using Miyabi.Core.Ledger;

namespace Miyabi.Core.Verification;

/// <summary>The plan document and the steps, each naming the digest of the one before it; the manifest names them all once more.</summary>
/// <remarks>Where a link does not hold, this second word tells which of its two ends was replaced.</remarks>
internal sealed class StepChain(DocumentReader reader, Verified<PlanDocument>? plan, ManifestDocument? manifest)
{
    private readonly Dictionary<string, string> named = Names(manifest);
    private readonly List<Verified<StepDocument>?> steps = [];

    /// <summary>No link is missing or wrong, as far as the run has gone.</summary>
    internal bool IsWhole { get; private set; } = true;

    /// <summary>The digest that the manifest names for a path.</summary>
    internal IEnumerable<KeyValuePair<string, string>> Named => named;

    /// <summary>Reads steps 1 to n.</summary>
    internal async Task ReadAsync(int last, CancellationToken cancellationToken)
    {
        for (var step = 1; step <= last; step++)
            steps.Add(await reader.ReadAsync<StepDocument>(LedgerPath.Step(step), DocumentTypes.Step, null, cancellationToken));
        for (var step = 0; step <= last; step++)
            Check(step);
    }

    /// <summary>Folds the steps, up to the first that is missing or wrong.</summary>
    internal RunRecord Fold(RunRecord record)
    {
        if (reader.IsWrong(LedgerPath.Plan))
            IsWhole = false;
        for (var step = 1; step <= steps.Count && IsWhole; step++)
        {
            var path = LedgerPath.Step(step);
            if (record.Scheduler.Outcome is not null)
            {
                reader.Note(path, FindingKind.Unexpected, "The run had ended before it.");
                continue;
            }

            try
            {
                if (steps[step - 1] is { } found && !reader.IsWrong(path))
                    record = record.With(found);
                else
                    IsWhole = false;
            }
            catch (SealException e)
            {
                reader.Note(path, FindingKind.BrokenChain, e.Message);
                IsWhole = false;
            }
        }

        // Steps that were cut off at the end: only the manifest still tells of them.
        for (var step = steps.Count + 1; record.Scheduler.Outcome is null && named.ContainsKey(LedgerPath.Step(step)); step++)
        {
            reader.Note(LedgerPath.Step(step), FindingKind.Missing, "It is not there, and the manifest says that it was.");
            IsWhole = false;
        }

        return record;
    }

    private void Check(int step)
    {
        if (DigestAt(step) is not { } digest)
            return;
        var path = PathAt(step);
        var next = step < steps.Count ? steps[step]?.Value.Previous : null;
        var byManifest = named.GetValueOrDefault(path);
        if (next is not null && next == digest)
            return; // the next document vouches for it
        if (byManifest is not null)
        {
            if (byManifest != digest)
                reader.Note(path, FindingKind.Altered, $"Its digest is {digest}; the manifest names {byManifest}: it was replaced.");
            else if (next is not null && NameAt(step + 1) is null)
                reader.Note(PathAt(step + 1), FindingKind.Unexpected, "It does not follow on the step before it, and the manifest does not know it.");
        }
        else if (next is not null && step + 1 < steps.Count && steps[step + 1]?.Value.Previous == DigestAt(step + 1))
        {
            // No manifest, but the step after the next vouches for the next.
            reader.Note(path, FindingKind.Altered, $"Its digest is {digest}; step {step + 1} names {next}: it was replaced.");
        }
    }

    private string? NameAt(int step) => named.GetValueOrDefault(PathAt(step));

    private string? DigestAt(int step) => step == 0 ? plan?.Digest : steps[step - 1]?.Digest;

    private static string PathAt(int step) => step == 0 ? LedgerPath.Plan : LedgerPath.Step(step);

    // A manifest that contradicts itself is a witness to nothing.
    private static Dictionary<string, string> Names(ManifestDocument? manifest)
    {
        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        if (manifest is not null && manifest.Root == Manifest.Root(manifest.Documents, manifest.ContentRoot))
        {
            foreach (var entry in manifest.Documents)
                names.TryAdd(entry.Path, entry.Sha256);
        }

        return names;
    }
}
