namespace Miyabi.Agents.Tests.Simulated;

/// <summary>A time that jumps to each timer's moment, and a bit past it, as soon as the timer is set.</summary>
internal sealed class SteppedTime(TimeSpan overshoot) : TimeProvider
{
    private long now;
    private int readings;

    public TimeSpan Elapsed => TimeSpan.FromTicks(now);

    /// <summary>How long each timer was set for.</summary>
    public List<TimeSpan> Delays { get; } = [];

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>The time; asked again and again without a timer set, it never goes on, and says so.</summary>
    public override long GetTimestamp() =>
        ++readings <= 10 * (Delays.Count + 10) ? now : throw new InvalidOperationException("This waits without a timer.");

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        Delays.Add(dueTime);
        now += dueTime.Ticks + overshoot.Ticks;
        return System.CreateTimer(callback, state, TimeSpan.Zero, period);
    }
}
