namespace Miyabi.Core.Activities;

/// <summary>A run's time: the system's, but never back. Where the system's clock is set back, it goes on from where it was, at the pace of timers.</summary>
/// <remarks>
/// Waits of a run are until a time: were the clock set back by an hour, a retry due in 5 s would be due in an hour, and the run's steps would
/// not be dated in their order. A clock that is set forward is followed: it may have been wrong before, or the machine asleep.
/// Safe to use from many threads.
/// </remarks>
/// <param name="clock">The system's.</param>
/// <param name="start">What the run has reached: an earlier process may have had another clock.</param>
public sealed class RunClock(TimeProvider clock, DateTimeOffset start) : TimeProvider
{
    private readonly Lock gate = new();
    private DateTimeOffset latest = start;
    private long at = clock.GetTimestamp();

    /// <inheritdoc/>
    public override TimeZoneInfo LocalTimeZone => clock.LocalTimeZone;

    /// <inheritdoc/>
    public override long TimestampFrequency => clock.TimestampFrequency;

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow()
    {
        lock (gate)
        {
            var timestamp = clock.GetTimestamp();
            var (steady, system) = (latest + clock.GetElapsedTime(at, timestamp), clock.GetUtcNow());
            (latest, at) = (system > steady ? system : steady, timestamp);
            return latest;
        }
    }

    /// <inheritdoc/>
    public override long GetTimestamp() => clock.GetTimestamp();

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        clock.CreateTimer(callback, state, dueTime, period);
}
