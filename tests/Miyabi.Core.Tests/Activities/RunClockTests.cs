using Miyabi.Core.Activities;
using Miyabi.Testing;

namespace Miyabi.Core.Tests.Activities;

public sealed class RunClockTests
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private readonly SetTime system = new();

    [Fact]
    public void Time_SystemsClockSetBack_GoesOnFromWhereItWas()
    {
        var clock = new RunClock(system, default);
        var before = clock.GetUtcNow();

        system.Offset = -Hour;
        Assert.Equal(before, clock.GetUtcNow());
        system.Steady.Advance(TimeSpan.FromSeconds(5));

        Assert.Equal(before.AddSeconds(5), clock.GetUtcNow());
    }

    [Fact]
    public void Time_SystemsClockSetForward_FollowsAndStays()
    {
        var clock = new RunClock(system, default);
        var before = clock.GetUtcNow();

        system.Offset = Hour;
        Assert.Equal(before + Hour, clock.GetUtcNow());
        system.Offset = TimeSpan.Zero;

        Assert.Equal(before + Hour, clock.GetUtcNow());
    }

    [Fact]
    public void Time_RunHasReachedMoreThanTheSystemsClock_GoesOnFromThere()
    {
        var reached = system.GetUtcNow() + Hour;
        var clock = new RunClock(system, reached);
        system.Steady.Advance(TimeSpan.FromSeconds(5));

        Assert.Equal(reached.AddSeconds(5), clock.GetUtcNow());
    }

    private sealed class SetTime : TimeProvider
    {
        public ManualTimeProvider Steady { get; } = new();

        public TimeSpan Offset { get; set; }

        public override long TimestampFrequency => Steady.TimestampFrequency;

        public override DateTimeOffset GetUtcNow() => Steady.GetUtcNow() + Offset;

        public override long GetTimestamp() => Steady.GetTimestamp();
    }
}
