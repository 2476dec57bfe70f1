using Miyabi.Core.Ledger;

namespace Miyabi.Core.Verification;

/// <summary>The plan document and the steps, each naming the digest of the one before it; the manifest names them all once more.</summary>
/// <remarks>Where a link does not hold, this second word tells which of its two ends was replaced.</remarks>
internal sealed class StepChain(DocumentReader reader, Verified<PlanDocument>? plan, ManifestDocument? manifest)
{
    private readonly List<Verified<StepDocument>?> steps = [];
    private readonly HashSet<int> absent = [];
    private readonly List<RunRecord> ends = [];
    private Dictionary<string, string> named = Names(manifest);

    /// <summary>No link is missing or wrong, as far as the run has gone.</summary>
    internal bool IsWhole { get; private set; } = true;

    /// <summary>The run as it was at the end of each of its generations.</summary>
    internal IReadOnlyList<RunRecord> Ends => ends;

    /// <summary>The digests that the manifest names, by path.</summary>
    internal IEnumerable<KeyValuePair<string, string>> Named => named;

    /// <summary>Reads steps 1 to n.</summary>
    /// <param name="last">The number n.</param>
    /// <param name="isThere">Whether there is a step of a number.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    internal async Task ReadAsync(int last, Func<int, bool> isThere, CancellationToken cancellationToken)
    {
        for (var step = 1; step <= last; step++)
        {
            if (!isThere(step))
                absent.Add(step); // whether it should be, only the steps before it can tell
            steps.Add(isThere(step) ? await reader.ReadAsync<StepDocument>(LedgerPath.Step(step), DocumentTypes.Step, null, cancellationToken) : null);
        }

        if (Enumerable.Range(0, last + 1).Any(step => IsVouchedFor(step) && NameAt(step) is { } name && name != DigestAt(step)))
        {
            // Two documents that agree against one.
            reader.Note(LedgerPath.Manifest(manifest!.Generation), FindingKind.Altered, "It names another plan or other steps than those that are here and name each other.");
            named = [];
        }

        for (var step = 0; step <= last; step++)
            Check(step);
    }

    /// <summary>Folds the steps, up to the first that is missing or wrong.</summary>
    internal RunRecord Fold(RunRecord record)
    {
        IsWhole = !reader.IsWrong(LedgerPath.Plan);
        for (var step = 1; step <= steps.Count; step++)
        {
            if (record.Scheduler.Outcome is null || !IsWhole || steps[step - 1]?.Value.Reopens is not null || NameAt(step) is not null || IsLost(record, step))
                record = Fold(record, step);
            else if (!absent.Contains(step))
                reader.Note(LedgerPath.Step(step), FindingKind.Unexpected, "The run had ended before it.");
            if (record.Scheduler.Outcome is not null && record.Step == step)
                ends.Add(record);
        }

        // Steps that were cut off at the end: only the manifest still tells of them.
        for (var step = steps.Count + 1; NameAt(step) is not null; step++)
        {
            reader.Note(LedgerPath.Step(step), FindingKind.Missing, "It is not there, and the manifest says that it was.");
            IsWhole = false;
        }

        return record;
    }

    private RunRecord Fold(RunRecord record, int step)
    {
        var path = LedgerPath.Step(step);
        if (absent.Contains(step) && (IsWhole || NameAt(step) is not null))
            reader.Note(path, FindingKind.Missing, "It is not there, and there are later steps.");
        IsWhole = IsWhole && steps[step - 1] is not null && !reader.IsWrong(path);
        if (!IsWhole)
            return record;
        try
        {
            return record.With(steps[step - 1]!);
        }
        catch (SealException e)
        {
            reader.Note(path, FindingKind.BrokenChain, e.Message);
            IsWhole = false;
            return record;
        }
    }

    // Right after the end of a generation stands what cannot be read, or nothing with a step behind it: the run was taken up again there.
    private bool IsLost(RunRecord record, int step) =>
        step == record.Step + 1 && steps[step - 1] is null && (!absent.Contains(step) || (step < steps.Count && !absent.Contains(step + 1)));

    private bool IsVouchedFor(int step) => step < steps.Count && DigestAt(step) is { } digest && steps[step]?.Value.Previous == digest;

    private void Check(int step)
    {
        if (DigestAt(step) is not { } digest)
            return;
        var path = PathAt(step);
        var next = step < steps.Count ? steps[step]?.Value.Previous : null;
        var byManifest = named.GetValueOrDefault(path);
        if (IsVouchedFor(step))
            return;
        if (byManifest is not null)
        {
            if (byManifest != digest)
                reader.Note(path, FindingKind.Altered, $"Its digest is {digest}; the manifest names {byManifest}: it was replaced.");
            else if (next is not null && NameAt(step + 1) is null)
                reader.Note(PathAt(step + 1), FindingKind.Unexpected, "It does not follow on the step before it, and the manifest does not know it.");
        }
        else if (next is not null && IsVouchedFor(step + 1))
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
