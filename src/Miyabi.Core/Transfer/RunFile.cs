using System.Globalization;
using Miyabi.Core.Ledger;

namespace Miyabi.Core.Transfer;

/// <summary>What a file of a run is, by its path below the run's folder.</summary>
internal static class RunFile
{
    private const string ManifestPrefix = "manifest-";

    /// <summary>Whether it is part of the proof: not progress for people, nor liveness, nor what was put aside.</summary>
    internal static bool IsEvidence(string path) =>
        !Starts(path, LedgerPath.Events) && !Starts(path, LedgerPath.Leases) && !Starts(path, LedgerPath.Quarantine);

    internal static bool IsStep(string path) => Starts(path, LedgerPath.Steps);

    internal static bool IsManifest(string path) => Starts(path, ManifestPrefix);

    /// <summary>The number in the name of a step or a manifest, for the order; 0 without one.</summary>
    internal static int NumberOf(string path)
    {
        var name = path.AsSpan(path.LastIndexOf('/') + 1);
        name = name.StartsWith(ManifestPrefix) ? name[ManifestPrefix.Length..] : name;
        var dot = name.IndexOf('.');
        return int.TryParse(dot < 0 ? name : name[..dot], NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;
    }

    private static bool Starts(string path, string prefix) => path.StartsWith(prefix, StringComparison.Ordinal);
}
