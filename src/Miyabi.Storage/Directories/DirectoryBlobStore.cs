using System.Runtime.CompilerServices;
using Miyabi.Core.Ledger;

namespace Miyabi.Storage.Directories;

/// <summary>A store in a folder: each blob is a file, its name the path under the root.</summary>
/// <remarks>
/// <para>A blob is written aside, in a folder that no listing shows, and then given its name. What <see cref="CreateAsync"/> made is on the
/// disk, content, name and folders, when it returns; what <see cref="ReplaceAsync"/> made is whole, but may be lost with the machine's power.</para>
/// <para>The root is made by the first write, never by a read. Any copy of it that keeps file contents is the same store.</para>
/// <para>A file has a name or a folder has it, not both: having <c>a</c>, <c>a/b</c> cannot be made. Segments may be as long as the file system allows, mostly 255 characters.</para>
/// <para>Links, and whatever else is neither file nor folder, are refused when named and left out of listings.</para>
/// <para>What a crashed process left unfinished is removed at the first write, once it is an hour old.</para>
/// </remarks>
public sealed class DirectoryBlobStore : IAddressedStore, IStoreClock
{
    private const int MostLeftoversAtOnce = 1_000;

    private readonly StoreFolders folders;
    private readonly TimeProvider time;
    private readonly Durability durability;
    private volatile bool prepared;

    /// <summary>Names the folder; touches nothing.</summary>
    /// <param name="root">The folder; relative paths start from the current one.</param>
    /// <param name="time">Judges the age of leftovers; <see langword="null"/>: the system's clock.</param>
    /// <param name="durability">What its documents outlast.</param>
    public DirectoryBlobStore(string root, TimeProvider? time = null, Durability durability = Durability.Machine)
    {
        ArgumentException.ThrowIfNullOrEmpty(root);
        this.durability = durability;
        folders = new StoreFolders(Path.TrimEndingDirectorySeparator(Path.GetFullPath(root)), durability);
        this.time = time ?? TimeProvider.System;
    }

    /// <summary>The folder, as a full path.</summary>
    public string Root => folders.Root;

    /// <inheritdoc/>
    public string Address => Root;

    /// <inheritdoc/>
    /// <exception cref="StoreException">It is a file, cannot be made, or this user may not write to it (<see cref="StoreFault.NotAStore"/>); or it is out of order for now.</exception>
    public Task CheckUsableAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            Guard("write to", "", () => Write(() =>
            {
                using var aside = AsideFile.Write(NewAside(), "x"u8, flush: false);
                return true;
            }));
            return Task.CompletedTask;
        }
        catch (StoreException e) when (e.InnerException is { } inner && StoreFailure.IsNotAllowed(inner))
        {
            throw new StoreException(StoreFault.NotAStore, e.Message, e);
        }
    }

    /// <inheritdoc/>
    /// <remarks>The time that its file system gives a file: of a network share, the server's.</remarks>
    public Task<DateTimeOffset> NowAsync(CancellationToken cancellationToken) => Task.Run(
        () => Guard("write to", "", () => Write(() =>
        {
            var path = NewAside();
            using var aside = AsideFile.Write(path, "x"u8, flush: false);
            return new DateTimeOffset(File.GetLastWriteTimeUtc(path), TimeSpan.Zero);
        })),
        cancellationToken);

    /// <inheritdoc/>
    /// <remarks>Runs on the thread pool: flushes wait for the disk, and several at once share that wait.</remarks>
    public Task<bool> CreateAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        BlobName.Check(name);
        return Task.Run(
            async () =>
            {
                if (await BeginAsync(name, content, flush: durability == Durability.Machine) is not { } settled)
                    return false;
                await settled;
                return true;
            },
            cancellationToken);
    }

    /// <inheritdoc/>
    /// <remarks>Publishing waits for no disk, so it is done at once, on the caller's thread; flushes wait on threads of the pool.</remarks>
    public Task<Task?> BeginCreateAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        BlobName.Check(name);
        cancellationToken.ThrowIfCancellationRequested();
        return BeginAsync(name, content, flush: false);
    }

    /// <inheritdoc/>
    public Task ReplaceAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        BlobName.Check(name);
        cancellationToken.ThrowIfCancellationRequested();
        Guard("write", name, () => Write(() => Replace(name, content.Span)));
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<byte[]?> ReadAsync(string name, long maxBytes, CancellationToken cancellationToken)
    {
        BlobName.Check(name);
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult(Guard("read", name, () => Read(name, maxBytes)));
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<BlobItem> ListAsync(string prefix, CancellationToken cancellationToken) =>
        ListAsync(prefix, BlobTree.Blobs, cancellationToken);

    /// <inheritdoc/>
    public IAsyncEnumerable<string> ListFoldersAsync(string prefix, CancellationToken cancellationToken) =>
        ListAsync(prefix, BlobTree.Folders, cancellationToken);

    /// <inheritdoc/>
    public Task DeleteAsync(string name, CancellationToken cancellationToken)
    {
        BlobName.Check(name);
        cancellationToken.ThrowIfCancellationRequested();
        Guard("delete", name, () => Delete(name));
        return Task.CompletedTask;
    }

    // Null: there is one already. Else ends when the blob outlasts a crash of the machine.
    private Task<Task?> BeginAsync(string name, ReadOnlyMemory<byte> content, bool flush)
    {
        var unsettled = Guard("write", name, () => Write(() => Publish(name, content.Span, flush)));
        return Task.FromResult(unsettled is null ? null : SettleAsync(name, unsettled, isFlushed: flush));
    }

    // Holds on to nothing of the content while it waits for the disk.
    private async Task SettleAsync(string name, IReadOnlyList<string> unsettled, bool isFlushed)
    {
        try
        {
            await folders.SettleAsync(name, unsettled, isFlushed);
        }
        catch (Exception e) when (StoreFailure.IsFileTrouble(e))
        {
            throw StoreFailure.From(e, "flush", folders.PathOf(name), Root);
        }
    }

    // Null: there is one already. Else the folders that are still to be settled.
    private IReadOnlyList<string>? Publish(string name, ReadOnlySpan<byte> content, bool flush)
    {
        var unsettled = folders.Make(name);
        using var aside = AsideFile.Write(NewAside(), content, flush);
        return aside.PublishNew(folders.PathOf(name)) ? unsettled
            : IsTaken(name) ? null
            : Publish(name, content, flush); // made by another and removed again since: ours to make
    }

    // Who loses against a creator may go on what it finds, so that must outlast a crash even if the creator has not come to its own flush.
    private bool IsTaken(string name)
    {
        if (folders.Find(name, out var kind) is not { } path)
            return false;
        if (kind.HasFlag(FileAttributes.Directory))
            throw StoreFailure.Foreign(path, "a folder where a file is needed");
        folders.SettleNow(name);
        return true;
    }

    private bool Replace(string name, ReadOnlySpan<byte> content)
    {
        folders.Make(name);
        using var aside = AsideFile.Write(NewAside(), content, flush: false);
        aside.PublishOver(folders.PathOf(name));
        return true;
    }

    private byte[]? Read(string name, long maxBytes) =>
        folders.FindToRead(name) is { } path ? StoredFile.Read(path, name, maxBytes) : null;

    private bool Delete(string name)
    {
        if (folders.Find(name, out var kind) is { } path && !kind.HasFlag(FileAttributes.Directory))
            File.Delete(path);
        return true;
    }

    private string NewAside() => Path.Join(folders.Aside, Guid.NewGuid().ToString("N"));

    private T Write<T>(Func<T> write)
    {
        if (!prepared)
        {
            folders.MakeRoot();
            RemoveLeftovers();
            prepared = true;
        }

        try
        {
            return write();
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            // Someone removed folders that we knew to be there: a run, or the whole store. Once more, from the root.
            folders.Forget();
            folders.MakeRoot();
            return write();
        }
    }

    private void RemoveLeftovers()
    {
        foreach (var leftover in new DirectoryInfo(folders.Aside).EnumerateFiles().Take(MostLeftoversAtOnce))
        {
            try
            {
                if (time.GetUtcNow().UtcDateTime - leftover.LastWriteTimeUtc > UnfinishedWrites.Age)
                    leftover.Delete();
            }
            catch (Exception e) when (StoreFailure.IsFileTrouble(e))
            {
                // Tidying may fail, another process may be at it; the write that we do it for says whether the store works.
            }
        }
    }

    private async IAsyncEnumerable<T> ListAsync<T>(
        string prefix, Func<StoreFolders, string, IEnumerable<T>> walk, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (!BlobName.IsPrefix(prefix))
            throw new ArgumentException($"'{prefix}' is no prefix.", nameof(prefix));
        cancellationToken.ThrowIfCancellationRequested();
        await Task.CompletedTask;
        using var items = Guard("list", prefix, () => ReallyThere(prefix) ? walk(folders, prefix) : []).GetEnumerator();
        while (Guard("list", prefix, items.MoveNext))
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return items.Current;
        }
    }

    private bool ReallyThere(string prefix)
    {
        folders.CheckRoot();
        return prefix.Length == 0
            ? Directory.Exists(Root)
            : folders.Find(prefix[..^1], out var kind) is not null && kind.HasFlag(FileAttributes.Directory);
    }

    private T Guard<T>(string doing, string name, Func<T> work)
    {
        try
        {
            return work();
        }
        catch (Exception e) when (StoreFailure.IsFileTrouble(e))
        {
            throw StoreFailure.From(e, doing, folders.PathOf(name), Root);
        }
    }
}
