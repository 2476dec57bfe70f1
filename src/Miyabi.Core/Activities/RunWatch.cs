using Miyabi.Core.Ledger;
using Miyabi.Core.Scheduling;

namespace Miyabi.Core.Activities;

/// <summary>Looks into the ledger for what people decide while a run is at work: one for a run in a process, however many attempts it has.</summary>
/// <remarks>A wake-up of the engine can be lost, and does not reach an agent; a control document is always found, within <see cref="Interval"/>.</remarks>
#pragma warning disable CA1001 // its token sources have no timers: there is nothing to release
public sealed class RunWatch(RunLedger ledger, TimeProvider clock)
#pragma warning restore CA1001
{
    /// <summary>How often it looks: agents must stop within 5 s of a cancel.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    private readonly Lock gate = new();
    private readonly CancellationTokenSource cancelled = new();
    private CancellationTokenSource? stop;
    private Task looking = Task.CompletedTask;
    private int users;
    private int seen;

    /// <summary>Set when the run was cancelled.</summary>
    public CancellationToken Cancelled => cancelled.Token;

    /// <summary>Called when there are control documents that were not there at the last look.</summary>
    public Action? ControlsFound { get; set; }

    /// <summary>Looks while at least one user holds what this returns.</summary>
    public IAsyncDisposable Attach()
    {
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

    private async Task LookAsync(CancellationToken token)
    {
        using var timer = new PeriodicTimer(Interval, clock);
        try
        {
            do
                await LookOnceAsync(token);
            while (await timer.WaitForNextTickAsync(token));
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
            var controls = await ledger.ReadControlsAsync(seen, token);
            if (controls.Count == 0)
                return;
            // The number, not a count: the last look for a former user may end while the first for a new one goes on.
            seen = Math.Max(seen, controls[^1].Value.Number);
            if (controls.Exists(control => control.Value.Control.Kind == ControlKind.Cancel))
                await cancelled.CancelAsync();
            ControlsFound?.Invoke();
        }
        catch (Exception e) when (e is StoreException or SealException or UntrustedKeyException)
        {
            // The next look may fare better; a control that cannot be trusted decides nothing.
        }
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
