using System.Collections.Immutable;
using Miyabi.Core.Ledger;

namespace Miyabi.Testing.Azurite;

/// <summary>What a request to a store was for, told by its method and the name of the blob.</summary>
public enum LedgerRequestKind
{
    /// <summary>A sealed document written: plan, owner, instruction, claim, result, step, manifest.</summary>
    DocumentWrite,

    /// <summary>A result, instruction or claim read of a task that has begun, to carry it out or to verify it; or the versions of results listed.</summary>
    VerificationRead,

    /// <summary>A result read a second time and later, as the input of a task that depends on it.</summary>
    InputRead,

    /// <summary>A lease, of the owner or of an attempt.</summary>
    Lease,

    /// <summary>A listing of controls, or a control read.</summary>
    Control,

    /// <summary>Events.</summary>
    Event,

    /// <summary>A file that an agent produced.</summary>
    Artifact,

    /// <summary>What a runner reads to find out where the run stands: plan, steps, owners; and the front door's look at the store.</summary>
    Opening,

    /// <summary>None of these.</summary>
    Other,
}

/// <summary>Counts the requests of one run by what they were for.</summary>
public static class LedgerRequests
{
    /// <summary>The requests by kind.</summary>
    /// <param name="requests">In the order of their ends.</param>
    /// <param name="run">The run's id.</param>
    /// <param name="verificationReads">How often a result is read to verify it; what goes beyond is input for others.</param>
    public static ImmutableSortedDictionary<LedgerRequestKind, int> Count(IEnumerable<AzuriteRequest> requests, string run, int verificationReads = 1)
    {
        var folder = LedgerPath.Run(run);
        var read = new Dictionary<string, int>(StringComparer.Ordinal);
        var counts = new SortedDictionary<LedgerRequestKind, int>();
        foreach (var request in requests)
        {
            var kind = KindOf(request, folder, read, verificationReads);
            counts[kind] = counts.GetValueOrDefault(kind) + 1;
        }

        return counts.ToImmutableSortedDictionary();
    }

    private static LedgerRequestKind KindOf(AzuriteRequest request, string folder, Dictionary<string, int> read, int verificationReads)
    {
        if (request.Blob.Length == 0)
        {
            return IsListing(request, folder + LedgerPath.Controls) ? LedgerRequestKind.Control
                : IsListing(request, folder + LedgerPath.Results) ? LedgerRequestKind.VerificationRead
                : LedgerRequestKind.Opening;
        }

        if (!request.Blob.StartsWith(folder, StringComparison.Ordinal))
            return LedgerRequestKind.Other;
        var name = request.Blob[folder.Length..];
        var segment = name.Split('/')[0] + "/";
        switch (segment)
        {
            case LedgerPath.Leases:
                return LedgerRequestKind.Lease;
            case LedgerPath.Controls:
                return LedgerRequestKind.Control;
            case LedgerPath.Events:
                return LedgerRequestKind.Event;
            case LedgerPath.Artifacts:
                return LedgerRequestKind.Artifact;
        }

        if (request.Method is "PUT" or "DELETE")
            return LedgerRequestKind.DocumentWrite;
        switch (segment)
        {
            case "tasks/":
                return LedgerRequestKind.VerificationRead;
            // A look that finds nothing is no input of anyone's.
            case LedgerPath.Results when request.Status == 404:
                return LedgerRequestKind.VerificationRead;
            case LedgerPath.Results:
                read[name] = read.GetValueOrDefault(name) + 1;
                return read[name] <= verificationReads ? LedgerRequestKind.VerificationRead : LedgerRequestKind.InputRead;
            default:
                return LedgerRequestKind.Opening;
        }
    }

    private static bool IsListing(AzuriteRequest request, string prefix) =>
        request.Query.Contains("comp=list", StringComparison.Ordinal) && Uri.UnescapeDataString(request.Query).Contains($"prefix={prefix}", StringComparison.Ordinal);
}
