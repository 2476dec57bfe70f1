using FsCheck;
using FsCheck.Fluent;
using Miyabi.Core.Plans;

namespace Miyabi.Core.Tests.Plans;

public sealed class Iso8601DurationTests
{
    [Theory]
    [InlineData("PT0S", 0)]
    [InlineData("PT10M", 600)]
    [InlineData("P1D", 86_400)]
    [InlineData("P1DT1H1M1.5S", 90_061.5)]
    [InlineData("PT90M", 5_400)]
    [InlineData("PT0.0000001S", 0.0000001)]
    [InlineData("-PT5S", -5)]
    public void TryParse_Duration_IsRead(string text, double seconds)
    {
        Assert.True(Iso8601Duration.TryParse(text, out var duration));
        Assert.Equal((long)Math.Round(seconds * TimeSpan.TicksPerSecond), duration.Ticks);
    }

    [Theory]
    [InlineData("")]
    [InlineData("P")]
    [InlineData("PT")]
    [InlineData("P1DT")]
    [InlineData("-P")]
    [InlineData("10m")]
    [InlineData("P1Y")]
    [InlineData("P1M")]
    [InlineData("P1W")]
    [InlineData("PT1D")]
    [InlineData("P1H")]
    [InlineData("PT1S1M")]
    [InlineData("PT1M1M")]
    [InlineData("PT1.5M")]
    [InlineData("PT.5S")]
    [InlineData("PT5.S")]
    [InlineData("PT1.2.3S")]
    [InlineData("PT0.00000001S")]
    [InlineData("PT 5S")]
    [InlineData("pt5s")]
    [InlineData("PT5")]
    [InlineData("PT-5S")]
    [InlineData("PT5S ")]
    [InlineData("PT٣S")]
    [InlineData("P999999999999D")]
    [InlineData("PT9999999999999S")]
    [InlineData("PTT5S")]
    public void TryParse_NoDuration_IsRefused(string text) => Assert.False(Iso8601Duration.TryParse(text, out _));

    [Theory]
    [InlineData(0, "PT0S")]
    [InlineData(600, "PT10M")]
    [InlineData(86_400, "PT24H")]
    [InlineData(3_661.25, "PT1H1M1.25S")]
    [InlineData(-5, "-PT5S")]
    public void ToText_Duration_IsWritten(double seconds, string text) => Assert.Equal(text, Iso8601Duration.ToText(TimeSpan.FromSeconds(seconds)));

    [Fact]
    public void ToText_AnyDuration_IsReadBackTheSame() => Prop.ForAll<long>(ticks =>
    {
        var duration = new TimeSpan(ticks * 7919);
        return Iso8601Duration.TryParse(Iso8601Duration.ToText(duration), out var back) && back == duration;
    }).QuickCheckThrowOnFailure();
}
