namespace Miyabi.Agents.Models;

/// <summary>Lets calls of one provider and model through: so many at once, so many in a minute, and none while the provider asks to be left alone.</summary>
/// <remarks>
/// First come, first served. It begins with two calls at once; each that is answered lets one more, up to the limit. One that is turned away halves that, and all wait: as long
/// as the provider says, up to a cap, else 1 s, 2 s, 4 s... up to a minute; with jitter, so that processes do not come back together. Calls that were under way
/// together and are turned away together count as one.
/// </remarks>
/// <param name="limits">How many.</param>
/// <param name="time">The clock of all waits.</param>
/// <param name="jitter">From 0 to less than 1; by default at random.</param>
internal sealed class ModelLimiter(ModelLimits limits, TimeProvider time, Func<double>? jitter = null)
{
    private const int FirstAtOnce = 2;
    private const double MaxJitter = 0.25;

    private static readonly TimeSpan FirstWait = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(1);

    private readonly Lock gate = new();
    private readonly long origin = time.GetTimestamp();
    private readonly CallWindow window = new(limits);
    private readonly LinkedList<Waiter> waiting = [];
    private readonly Func<double> random = jitter ?? Random.Shared.NextDouble;

    private ITimer? timer;
    private int active;
    private int atOnce = Math.Min(FirstAtOnce, limits.Concurrency);
    private int strikes;
    private TimeSpan struckAt = TimeSpan.MinValue;
    private TimeSpan coolUntil;

    /// <summary>Calls that are let through and have not ended.</summary>
    public int Active
    {
        get
        {
            lock (gate)
                return active;
        }
    }

    /// <summary>Calls that wait for their turn.</summary>
    public int Waiting
    {
        get
        {
            lock (gate)
                return waiting.Count;
        }
    }

    /// <summary>Nobody calls or waits, and there is nothing to remember: a new one would do the same.</summary>
    public bool IsQuiet
    {
        get
        {
            lock (gate)
                return active == 0 && waiting.Count == 0 && coolUntil <= Now && window.IsEmptyAt(Now);
        }
    }

    /// <summary>How long the provider is still left alone; none: 0.</summary>
    public TimeSpan CoolDown
    {
        get
        {
            lock (gate)
                return coolUntil > Now ? coolUntil - Now : TimeSpan.Zero;
        }
    }

    private TimeSpan Now => time.GetElapsedTime(origin);

    /// <summary>Waits for a call's turn.</summary>
    /// <param name="tokens">About how many it takes, in and out.</param>
    /// <param name="patience">How long to wait at most; <see langword="null"/>: as long as it takes.</param>
    /// <param name="onWait">Called if it has to wait.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>What is disposed when the call has ended; <see langword="null"/>: the patience was over.</returns>
    public async Task<ModelSlot?> EnterAsync(long tokens, TimeSpan? patience, Action onWait, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var waiter = new Waiter(tokens);
        lock (gate)
            waiting.AddLast(waiter);
        Pump();
        if (waiter.Turn.Task.IsCompleted)
            return await waiter.Turn.Task;
        onWait();
        using var over = new CancellationTokenSource(patience ?? Timeout.InfiniteTimeSpan, time);
        using var any = CancellationTokenSource.CreateLinkedTokenSource(over.Token, cancellationToken);
        await using (any.Token.UnsafeRegister(_ => Abandon(waiter), null))
        {
            var slot = await waiter.Turn.Task;
            if (!cancellationToken.IsCancellationRequested)
                return slot;
            slot?.Dispose();
            throw new OperationCanceledException(cancellationToken);
        }
    }

    internal void Answered()
    {
        lock (gate)
            (strikes, atOnce) = (0, Math.Min(atOnce + 1, limits.Concurrency));
    }

    internal void TurnedAway(ModelSlot slot, TimeSpan? retryAfter)
    {
        lock (gate)
        {
            if (slot.EnteredAt > struckAt)
                (strikes, struckAt, atOnce) = (strikes + 1, Now, Math.Max(1, atOnce / 2));
            var wait = retryAfter is { } asked
                ? (asked < limits.RetryAfterCap ? asked : limits.RetryAfterCap)
                : TimeSpan.FromTicks(Math.Min(LongestWait.Ticks, FirstWait.Ticks << Math.Clamp(strikes - 1, 0, 16)));
            var until = Now + (wait * (1 + (MaxJitter * random())));
            coolUntil = until > coolUntil ? until : coolUntil;
        }
    }

    internal void Left(ModelSlot slot, long? tokens)
    {
        lock (gate)
        {
            active--;
            if (tokens is { } used)
                window.Settle(slot.Entry, used);
        }

        Pump();
    }

    private void Abandon(Waiter waiter)
    {
        lock (gate)
        {
            if (!waiting.Remove(waiter))
                return;
        }

        waiter.Turn.TrySetResult(null);
        Pump(); // whoever stood behind it may be let through at once
    }

    private void Pump()
    {
        List<(Waiter Waiter, ModelSlot Slot)> turns = [];
        lock (gate)
        {
            timer?.Dispose();
            timer = null;
            while (waiting.First is { Value: var next } && active < atOnce)
            {
                var now = Now;
                var due = window.Due(next.Tokens, now);
                if (coolUntil > due)
                    due = coolUntil;
                if (due > now)
                {
                    // A timer counts whole milliseconds, and must not wake up just before.
                    timer = time.CreateTimer(_ => Pump(), null, TimeSpan.FromMilliseconds(Math.Ceiling((due - now).TotalMilliseconds)), Timeout.InfiniteTimeSpan);
                    break;
                }

                waiting.RemoveFirst();
                active++;
                turns.Add((next, new ModelSlot(this, window.Enter(next.Tokens, now), now)));
            }
        }

        foreach (var (waiter, slot) in turns)
            waiter.Turn.TrySetResult(slot);
    }

    private sealed class Waiter(long tokens)
    {
        public long Tokens => tokens;

        public TaskCompletionSource<ModelSlot?> Turn { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}

/// <summary>A call that was let through. Disposed when it has ended, in whatever way.</summary>
internal sealed class ModelSlot(ModelLimiter limiter, CallWindow.Entry entry, TimeSpan enteredAt) : IDisposable
{
    private bool left;

    internal CallWindow.Entry Entry => entry;

    internal TimeSpan EnteredAt => enteredAt;

    /// <summary>What the call really took; <see langword="null"/>: it is not known.</summary>
    public long? Tokens { get; set; }

    /// <summary>The provider has taken the call.</summary>
    public void Answered() => limiter.Answered();

    /// <summary>The provider has turned the call away as one too many.</summary>
    public void TurnedAway(TimeSpan? retryAfter) => limiter.TurnedAway(this, retryAfter);

    public void Dispose()
    {
        if (left)
            return;
        left = true;
        limiter.Left(this, Tokens);
    }
}
