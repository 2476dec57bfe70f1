using Miyabi.Core.Ledger;

namespace Miyabi.Core.Runs;

/// <summary>Writes what happens in a run to <c>events/{writer}-{part}.ndjson</c>, so that people elsewhere can watch.</summary>
/// <remarks>
/// Events are no evidence: when the store fails they wait for the next flush, and beyond <see cref="MaxLines"/> the oldest are dropped,
/// progress first. Of an attempt's progress only the latest is written at each flush: every second, and every 5 s once it is 5 minutes old.
/// </remarks>
public sealed class EventWriter : IRunObserver, IAsyncDisposable
{
    /// <summary>Lines kept while they cannot be written.</summary>
    public const int MaxLines = 10_000;

    private const int MaxPartBytes = 8 * 1024 * 1024;
    private static readonly TimeSpan LastFlush = TimeSpan.FromSeconds(10);

    private readonly EventBuffer buffer = new(MaxLines);
    private readonly CancellationTokenSource stop = new();
    private readonly IBlobStore store;
    private readonly string run;
    private readonly string writer;
    private readonly TimeProvider clock;
    private readonly Task flushing;
    private int part = 1;
    private bool isFree; // nobody has written the part
    private int disposed;

    /// <summary>Begins to write for a run.</summary>
    /// <param name="store">Where to.</param>
    /// <param name="run">The run's id; events of other runs are ignored.</param>
    /// <param name="writer">Told apart from every other writer of the run; of the form of an id.</param>
    /// <param name="clock">The time.</param>
    public EventWriter(IBlobStore store, string run, string writer, TimeProvider clock)
    {
        (this.store, this.run, this.writer, this.clock) = (store, run, writer, clock);
        BlobName.Check(NameOf(part));
        flushing = FlushRegularlyAsync();
    }

    /// <summary>Nothing: a step stands in the ledger.</summary>
    public void Stepped(StepDocument step)
    {
    }

    /// <summary>Keeps an event for the next flush.</summary>
    public void Happened(string run, RunEvent happening)
    {
        if (run == this.run)
            buffer.Add(happening);
    }

    /// <summary>Writes what is left, for at most 10 s.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref disposed, 1) != 0)
            return;
        await stop.CancelAsync();
        await flushing;
        using var limit = new CancellationTokenSource(LastFlush, clock);
        await FlushAsync(limit.Token);
        stop.Dispose();
    }

    private async Task FlushRegularlyAsync()
    {
        var begun = clock.GetTimestamp();
        try
        {
            while (true)
            {
                var young = clock.GetElapsedTime(begun) < TimeSpan.FromMinutes(5);
                await Task.Delay(TimeSpan.FromSeconds(young ? 1 : 5), clock, stop.Token);
                await FlushAsync(stop.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // The writer is disposed of, and flushes once more.
        }
    }

    private async Task FlushAsync(CancellationToken cancellationToken)
    {
        while (buffer.Take() is { Count: > 0 } events)
        {
            var written = 0;
            try
            {
                var content = new MemoryStream();
                while (written < events.Count && content.Length < MaxPartBytes)
                    content.Write(RunEventLine.Write(events[written++]));
                await WritePartAsync(content.ToArray(), cancellationToken);
            }
            catch (Exception e) when (e is StoreException or OperationCanceledException)
            {
                isFree = false; // it may be there for all we know
                buffer.PutBack(events);
                return;
            }

            if (written < events.Count)
                buffer.PutBack(events[written..]);
        }
    }

    // An earlier writer of the name may have left parts, which must stay: the first is created. After one of its own this writer is the only one
    // who writes, and need not have its part outlast a crash of the machine.
    private async Task WritePartAsync(byte[] content, CancellationToken cancellationToken)
    {
        if (isFree)
        {
            await store.ReplaceAsync(NameOf(part), content, cancellationToken);
        }
        else
        {
            while (!await store.CreateAsync(NameOf(part), content, cancellationToken))
                part++;
        }

        (part, isFree) = (part + 1, true);
    }

    private string NameOf(int number) => LedgerPath.Run(run) + LedgerPath.EventPart(writer, number);
}
