using Miyabi.Core.Ledger;
using Miyabi.Core.Scheduling;

namespace Miyabi.Core.Activities;

/// <summary>Looks into the ledger for what people decide while a run is at work: one for a run in a process, however many attempts it has.</summary>
/// <remarks>A wake-up of the engine can be lost, and does not reach an agent; a control document is always found, within <see cref="Interval"/>.</remarks>
/// <param name="ledger">The run's documents.</param>
/// <param name="clock">The time.</param>
/// <param name="isCancelled">Whether a step has taken a cancel: what the steps say goes before what the documents alone look like.</param>
#pragma warning disable CA1001 // its token sources have no timers: there is nothing to release
public sealed class RunWatch(RunLedger ledger, TimeProvider clock, Func<bool>? isCancelled = null)
#pragma warning restore CA1001
{
    /// <summary>How often it looks: agents must stop within 5 s of a cancel.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    private readonly Lock gate = new();
    private readonly HashSet<string> seen = new(StringComparer.Ordinal);
    private CancellationTokenSource cancelled = new();
    private CancellationTokenSource? stop;
    private Task looking = Task.CompletedTask;
    private readonly EngineLease lease = new(ledger, clock);
    private int users;
    private int owner;
    private long? lookedAt;

    /// <summary>Set when the run was cancelled. To be taken after attaching: it is another one after a retry.</summary>
    public CancellationToken Cancelled
    {
        get
        {
            lock (gate)
                return cancelled.Token;
        }
    }

    /// <summary>Called when there are control documents that were not there at the last look.</summary>
    public Action? ControlsFound { get; set; }

    /// <summary>Looks while at least one user holds what this returns.</summary>
    /// <param name="cancellationToken">Ends the first look.</param>
    /// <param name="owner">The owner that the user works for; its lease is renewed if nobody else does. 0: none is to be.</param>
    public async Task<IAsyncDisposable> AttachAsync(CancellationToken cancellationToken, int owner = 0)
    {
        if (owner > 0)
            Volatile.Write(ref this.owner, owner);
        // Before anything starts: the run may be cancelled, or was taken up again after a cancel, while nobody looked. Not for each of many
        // short tasks one after another: a look that is half an interval old still makes the next one come in time.
        if (!KnowsEnough())
            await LookOnceAsync(cancellationToken);
        lock (gate)
        {
            if (users++ == 0)
            {
                stop = new CancellationTokenSource();
                looking = LookAsync(stop.Token);
            }
        }

        return new User(this);
    }

    private bool KnowsEnough()
    {
        var hasCancel = isCancelled?.Invoke() == true;
        lock (gate)
        {
            return users > 0
                || (lookedAt is { } at && clock.GetElapsedTime(at) < Interval / 2 && !hasCancel && !cancelled.IsCancellationRequested);
        }
    }

    private async Task LookAsync(CancellationToken token)
    {
        using var timer = new PeriodicTimer(Interval, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(token))
                await LookOnceAsync(token);
        }
        catch (OperationCanceledException)
        {
            // The last user has gone.
        }
    }

    private async Task LookOnceAsync(CancellationToken token)
    {
        try
        {
            HashSet<string> known;
            long began;
            lock (gate)
                (known, began) = ([.. seen], clock.GetTimestamp());
            var cancel = Take(await ledger.ReadControlsAsync(known, token));
            if (cancel is null && isCancelled?.Invoke() == true)
                cancel = CurrentCancel();
            if (cancel is not null)
                await cancel.CancelAsync();
            if (Volatile.Read(ref owner) is > 0 and var number)
                await lease.RenewIfDueAsync(number, token);
            lock (gate)
                lookedAt = began;
        }
        catch (Exception e) when (e is StoreException or SealException or UntrustedKeyException)
        {
            // The next look may fare better; a control that cannot be trusted decides nothing.
        }
    }

    private CancellationTokenSource CurrentCancel()
    {
        lock (gate)
            return cancelled;
    }

    // What is to be set, if the run is cancelled by them.
    private CancellationTokenSource? Take(List<Verified<ControlDocument>> controls)
    {
        CancellationTokenSource? cancel = null;
        lock (gate)
        {
            // The last look for a former user may end while the first for a new one goes on.
            controls.RemoveAll(control => !seen.Add(LedgerPath.Control(control.Value.Number, RunLedger.NameOf(control.Value.Control.Kind))));
            foreach (var control in controls)
            {
                if (control.Value.Control.Kind == ControlKind.Cancel)
                    cancel = cancelled;
                else if (control.Value.Control.Kind == ControlKind.Retry)
                    (cancel, cancelled) = (null, cancelled.IsCancellationRequested ? new CancellationTokenSource() : cancelled); // the cancel was about what ended then
            }
        }

        if (controls.Count > 0)
            ControlsFound?.Invoke();
        return cancel;
    }

    private async ValueTask DetachAsync()
    {
        Task ended;
        lock (gate)
        {
            if (--users > 0)
                return;
            stop!.Cancel();
            ended = looking;
        }

        await ended;
    }

    private sealed class User(RunWatch watch) : IAsyncDisposable
    {
        private int disposed;

        public ValueTask DisposeAsync() => Interlocked.Exchange(ref disposed, 1) == 0 ? watch.DetachAsync() : ValueTask.CompletedTask;
    }
}
