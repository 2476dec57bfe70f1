using Miyabi.Core.Runs;

namespace Miyabi.Core.Tests.Runs;

public class RunEventCursorTests
{
    [Fact]
    public void Cursor_OfManyWriters_StaysShort()
    {
        var cursor = RunEventCursor.Start with { Step = int.MaxValue };
        for (var writer = 0; writer < 1_000; writer++)
            cursor = cursor.With($"writer-{writer}", int.MaxValue - 1, int.MaxValue);

        var text = cursor.ToString();

        Assert.InRange(text.Length, 1, RunEventCursor.MaxCharacters);
        Assert.Equal(text, RunEventCursor.Parse(text)!.ToString());
        Assert.Equal((int.MaxValue - 1, int.MaxValue), RunEventCursor.Parse(text)!.Of("writer-999"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("AA")] // no version
    [InlineData("AQ")] // no step
    [InlineData("Af____8P")] // a step beyond all
    [InlineData("AQEx")] // half a writer
    [InlineData("not base64url!")]
    public void Parse_WhatIsNone_IsNull(string text) => Assert.Null(RunEventCursor.Parse(text));
}
