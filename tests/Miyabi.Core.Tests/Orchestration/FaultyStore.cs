using Miyabi.Core.Ledger;

namespace Miyabi.Core.Tests.Orchestration;

/// <summary>When a store fails.</summary>
public enum StoreDeath
{
    /// <summary>The process dies before the write takes effect.</summary>
    BeforeTheWrite,

    /// <summary>The process dies after it.</summary>
    AfterTheWrite,

    /// <summary>The write takes effect, an error is reported, and the store is well again.</summary>
    ReportedAsFailed,
}

/// <summary>A process's door to a store: its n-th write is its last, or is told to have failed.</summary>
internal sealed class FaultyStore(IBlobStore store, int fatalWrite, StoreDeath death) : IBlobStore, IDisposable
{
    private readonly CancellationTokenSource died = new();
    private int writes;

    /// <summary>Set when the fault has happened.</summary>
    internal CancellationToken Died => died.Token;

    public void Dispose() => died.Dispose();

    public async Task<bool> CreateAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        var fatal = Next();
        var made = await store.CreateAsync(name, content, cancellationToken);
        await AfterAsync(fatal);
        return made;
    }

    public async Task ReplaceAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        var fatal = Next();
        await store.ReplaceAsync(name, content, cancellationToken);
        await AfterAsync(fatal);
    }

    public async Task DeleteAsync(string name, CancellationToken cancellationToken)
    {
        var fatal = Next();
        await store.DeleteAsync(name, cancellationToken);
        await AfterAsync(fatal);
    }

    public Task<byte[]?> ReadAsync(string name, long maxBytes, CancellationToken cancellationToken)
    {
        Check();
        return store.ReadAsync(name, maxBytes, cancellationToken);
    }

    public IAsyncEnumerable<BlobItem> ListAsync(string prefix, CancellationToken cancellationToken)
    {
        Check();
        return store.ListAsync(prefix, cancellationToken);
    }

    public IAsyncEnumerable<string> ListFoldersAsync(string prefix, CancellationToken cancellationToken)
    {
        Check();
        return store.ListFoldersAsync(prefix, cancellationToken);
    }

    private bool Next()
    {
        Check();
        var fatal = Interlocked.Increment(ref writes) == fatalWrite;
        if (fatal && death == StoreDeath.BeforeTheWrite)
            Die();
        return fatal;
    }

    private Task AfterAsync(bool fatal)
    {
        if (fatal)
            Die();
        Check();
        return Task.CompletedTask;
    }

    private void Check()
    {
        if (death != StoreDeath.ReportedAsFailed && died.IsCancellationRequested)
            throw Gone();
    }

    private void Die()
    {
        died.Cancel();
        throw Gone();
    }

    private static StoreException Gone() => new(StoreFault.Unavailable, "The store is gone.");
}
