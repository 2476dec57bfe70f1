namespace Miyabi.Agents.Tests.Simulated;

/// <summary>A time that jumps to each timer's moment, and a bit past it, as soon as the timer is set.</summary>
internal sealed class SteppedTime(TimeSpan overshoot) : TimeProvider
{
    private long now;

    public TimeSpan Elapsed => TimeSpan.FromTicks(now);

    /// <summary>How long each timer was set for.</summary>
    public List<TimeSpan> Delays { get; } = [];

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => now;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        Delays.Add(dueTime);
        now += dueTime.Ticks + overshoot.Ticks;
        return System.CreateTimer(callback, state, TimeSpan.Zero, period);
    }
}
