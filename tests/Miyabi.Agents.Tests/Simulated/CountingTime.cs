using System.Collections.Concurrent;

namespace Miyabi.Agents.Tests.Simulated;

/// <summary>The system's time, that knows which timers are still running.</summary>
internal sealed class CountingTime : TimeProvider
{
    private readonly ConcurrentDictionary<ITimer, string> timers = new();

    public IReadOnlyCollection<string> Running => [.. timers.Values];

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new CountedTimer(this);
        timers[timer] = $"a timer of {dueTime}";
        timer.Start(base.CreateTimer(Fire, state, dueTime, period));
        return timer;

        // It counts until it fires: when its owner disposes of it after that is nobody's business.
        void Fire(object? fired)
        {
            timers.TryRemove(timer, out _);
            callback(fired);
        }
    }

    private sealed class CountedTimer(CountingTime time) : ITimer
    {
        private ITimer? timer;

        public void Start(ITimer started) => timer = started;

        public bool Change(TimeSpan dueTime, TimeSpan period) => timer!.Change(dueTime, period);

        public void Dispose()
        {
            timer!.Dispose();
            time.timers.TryRemove(this, out _);
        }

        public async ValueTask DisposeAsync()
        {
            await timer!.DisposeAsync();
            time.timers.TryRemove(this, out _);
        }
    }
}
