using System.Collections.Concurrent;

namespace Miyabi.Storage.Directories;

/// <summary>Flushes folders, so that names in them outlast a crash of the machine. Who comes while a folder is being flushed shares the next flush with all others who came.</summary>
internal sealed class FolderFlushes(Durability durability)
{
    private readonly ConcurrentDictionary<string, Gate> gates = new(StringComparer.Ordinal);

    /// <summary>Returns when a flush that began after the call has ended.</summary>
    public void Flush(string folder)
    {
        if (durability == Durability.Process)
            return;
        var gate = gates.GetOrAdd(folder, _ => new Gate());
        gate.Flush(folder);
        // Whoever still holds a gate that is taken out here flushes for itself, at worst once more than needed.
        if (gate.IsIdle)
            gates.TryRemove(folder, out _);
    }

    private sealed class Gate
    {
        private readonly Lock flushing = new();
        private long asked;
        private long answered;

        public bool IsIdle => Interlocked.Read(ref asked) == Interlocked.Read(ref answered);

        public void Flush(string folder)
        {
            var mine = Interlocked.Increment(ref asked);
            lock (flushing)
            {
                if (Interlocked.Read(ref answered) >= mine)
                    return;
                var all = Interlocked.Read(ref asked);
                if (!OperatingSystem.IsWindows()) // NTFS journals names and has no call for a folder
                    PosixFiles.FlushFolder(folder);
                Interlocked.Exchange(ref answered, all);
            }
        }
    }
}
