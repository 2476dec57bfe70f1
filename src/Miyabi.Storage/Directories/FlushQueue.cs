using System.Runtime.InteropServices;

namespace Miyabi.Storage.Directories;

/// <summary>Flushes files and the folders that name them, so that both outlast a crash of the machine: files first, then each folder once for all who wait for it by then.</summary>
/// <remarks>
/// <para>Flushes of files help each other, because the disk is asked once for several. Flushes of one folder can be a single one, if it begins after the last name was given;
/// so the later it begins, the fewer there are. A folder's therefore waits while files are waiting, but never for more than <see cref="MostPassedBy"/> of them.</para>
/// <para>Safe for use from many threads.</para>
/// </remarks>
/// <param name="flushFile">Flushes a file, by its path.</param>
/// <param name="flushFolder">Flushes a folder, by its path.</param>
/// <param name="atOnce">How many flushes may wait for the disk at once.</param>
internal sealed class FlushQueue(Action<string> flushFile, Action<string> flushFolder, int atOnce = FlushQueue.AtOnce)
{
    // As many as the pool has threads from the start (in the CLI); fewer are slower (docs/performance.md).
    private const int AtOnce = 32;

    // So that a folder's turn comes, however many files others write.
    internal const int MostPassedBy = 256;

    private readonly Lock gate = new();
    private readonly Queue<Flush> files = new();
    private readonly Queue<Flush> folders = new();

    // Folders whose flush has not begun. Whoever names something in one of them now is served by that flush.
    private readonly Dictionary<string, Flush> joinable = new(StringComparer.Ordinal);

    private int passedBy;
    private int atWork;

    /// <summary>Asks for the flush of a file that has its name, and of folders whose entries are there.</summary>
    /// <param name="file">The file; <see langword="null"/>: only folders.</param>
    /// <param name="named">The folders.</param>
    /// <returns>Ends when flushes have ended that began after this call; fails with what the first of them failed with.</returns>
    public Task FlushAsync(string? file, IEnumerable<string> named)
    {
        var waiter = new Waiter();
        lock (gate)
        {
            if (file is not null)
                Ask(files, new Flush(file, flushFile), waiter);
            foreach (var folder in named)
            {
                ref var flush = ref CollectionsMarshal.GetValueRefOrAddDefault(joinable, folder, out var isWaiting);
                if (isWaiting)
                    flush!.Serve(waiter);
                else
                    Ask(folders, flush = new Flush(folder, flushFolder), waiter);
            }
        }

        waiter.Tell(failed: null); // all is asked for
        return waiter.Ended;
    }

    private void Ask(Queue<Flush> queue, Flush flush, Waiter waiter)
    {
        flush.Serve(waiter);
        queue.Enqueue(flush);
        if (atWork == atOnce)
            return;
        atWork++;
        ThreadPool.UnsafeQueueUserWorkItem(static self => self.Work(), this, preferLocal: false);
    }

    private void Work()
    {
        while (Next() is { } flush)
            flush.Carry();
    }

    // Null: there is nothing to do, and whoever asked has ended.
    private Flush? Next()
    {
        lock (gate)
        {
            if (passedBy < MostPassedBy && files.TryDequeue(out var flush))
            {
                passedBy = folders.Count == 0 ? 0 : passedBy + 1;
                return flush;
            }

            passedBy = 0;
            if (folders.TryDequeue(out flush))
            {
                joinable.Remove(flush.Path);
                return flush;
            }

            atWork--;
            return null;
        }
    }

    private sealed class Flush(string path, Action<string> carryOut)
    {
        private readonly List<Waiter> waiters = [];

        public string Path => path;

        // Not after Carry has begun.
        public void Serve(Waiter waiter)
        {
            waiter.Expect();
            waiters.Add(waiter);
        }

        public void Carry()
        {
            Exception? failure = null;
            try
            {
                carryOut(path);
            }
            catch (Exception e)
            {
                failure = e; // theirs who wait for it
            }

            foreach (var waiter in waiters)
                waiter.Tell(failure);
        }
    }

    private sealed class Waiter
    {
        private readonly TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int expected = 1; // that all is asked for
        private Exception? failure;

        public Task Ended => ended.Task;

        public void Expect() => Interlocked.Increment(ref expected);

        public void Tell(Exception? failed)
        {
            if (failed is not null)
                Interlocked.CompareExchange(ref failure, failed, null);
            if (Interlocked.Decrement(ref expected) > 0)
                return;
            if (failure is { } first)
                ended.TrySetException(first);
            else
                ended.TrySetResult();
        }
    }
}
