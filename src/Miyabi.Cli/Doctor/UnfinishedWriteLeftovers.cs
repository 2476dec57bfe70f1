using Miyabi.Storage.Directories;

namespace Miyabi.Cli.Doctor;

/// <summary>Files of writes to a folder store that were cut short.</summary>
internal sealed class UnfinishedWriteLeftovers(UnfinishedWrites writes) : ILeftovers
{
    public Task<IReadOnlyList<Leftover>> FindAsync(Action<Unreadable> unreadable, CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<Leftover>>(
        [.. writes.List().Select(write => new Leftover(
            LeftoverKind.Write, null, write.Name, write.ChangedAt, write.Bytes, null, _ => Task.FromResult(writes.Remove(write))))]);
}
