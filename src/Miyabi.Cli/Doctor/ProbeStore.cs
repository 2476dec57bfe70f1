using Miyabi.Core.Ledger;
using Miyabi.Storage.Directories;

namespace Miyabi.Cli.Doctor;

/// <summary>A store to try writes in: the one that is meant, or one beside it while that is not there. Disposing leaves no trace.</summary>
internal sealed class ProbeStore : IDisposable
{
    /// <summary>The folder that probes are written to. No listing of runs looks there.</summary>
    internal const string Folder = "doctor/";

    private readonly Action leave;

    private ProbeStore(IBlobStore store, string place, bool isThere, Action leave) => (Store, Place, IsThere, this.leave) = (store, place, isThere, leave);

    /// <summary>Where to try.</summary>
    internal IBlobStore Store { get; }

    /// <summary>What the store is called.</summary>
    internal string Place { get; }

    /// <summary>Whether it is the store that is meant. If not, the first run makes that.</summary>
    internal bool IsThere { get; }

    /// <summary>For a store; touches nothing yet.</summary>
    /// <param name="store">The store.</param>
    /// <param name="place">What it is called.</param>
    internal static ProbeStore Of(IBlobStore store, string place)
    {
        if (store is not DirectoryBlobStore { Root: var root } || Existing.FileOnTheWay(root) is not null)
            return new ProbeStore(store, place, true, () => { });
        if (!Directory.Exists(root))
        {
            var beside = Path.Join(Existing.FolderAbove(root), $".miyabi-doctor-{Guid.NewGuid():N}");
            return new ProbeStore(New(beside), root, false, () => Remove(beside, recursive: true));
        }

        var before = Directory.EnumerateDirectories(root).ToHashSet(StringComparer.Ordinal);
        return new ProbeStore(New(root), root, true, () =>
        {
            foreach (var folder in Directory.EnumerateDirectories(root).Where(folder => !before.Contains(folder)))
                Remove(folder, recursive: false);
        });
    }

    /// <summary>Removes the folders that were made, if nothing is in them.</summary>
    public void Dispose()
    {
        try
        {
            leave();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Then the store is out of order, which the checks say.
        }
    }

    // For a store whose clock stands at the beginning of time nothing is old: a probe is not to tidy up what is only to be listed.
    private static DirectoryBlobStore New(string root) => new(root, new StoppedClock());

    private static void Remove(string folder, bool recursive)
    {
        try
        {
            Directory.Delete(folder, recursive);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Not empty: somebody else has begun to use it.
        }
    }

    private sealed class StoppedClock : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => DateTimeOffset.MinValue;
    }
}
