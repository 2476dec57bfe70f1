using Miyabi.Core.Ledger;

namespace Miyabi.Cli.Doctor;

/// <summary>The store does what a run needs of it: a real write, read back, refused a second time, and removed.</summary>
internal sealed class StoreCheck(ProbeStore probe) : ICheck
{
    private const string Name = "store";
    private const string Cure = "Give this user the right to read and write there, or name another store with --store.";

    public async Task<IReadOnlyList<CheckResult>> RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            return [await TryAsync(probe.Store, $"{ProbeStore.Folder}{Guid.NewGuid():N}", cancellationToken)];
        }
        catch (StoreException e)
        {
            return [CheckResult.Missing(Name, e.Message, Cure)];
        }
    }

    private async Task<CheckResult> TryAsync(IBlobStore store, string name, CancellationToken cancellationToken)
    {
        var (first, second) = ("first"u8.ToArray(), "second"u8.ToArray());
        var made = await store.CreateAsync(name, first, cancellationToken);
        var madeAgain = await store.CreateAsync(name, second, cancellationToken);
        var read = await store.ReadAsync(name, 100, cancellationToken);
        await store.DeleteAsync(name, cancellationToken);
        var gone = await store.ReadAsync(name, 100, cancellationToken) is null;
        if (madeAgain)
            return CheckResult.Missing(Name, $"{probe.Place}: what is there can be written over, so two runners would destroy each other's documents", "Name another store with --store.");
        if (!made || read is null || !read.AsSpan().SequenceEqual(first))
            return CheckResult.Missing(Name, $"{probe.Place}: what was written is not what is read", "Name another store with --store.");
        if (!gone)
            return CheckResult.Warning(Name, $"{probe.Place}: what was deleted is still there ({name})", "Give this user the right to delete there.");
        return CheckResult.Ok(Name, probe.IsThere
            ? $"{probe.Place}: write, read back, create-only and delete do what they should"
            : $"{probe.Place} will be made at first use; beside it, write, read back, create-only and delete do what they should");
    }
}
