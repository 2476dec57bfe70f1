using FsCheck;
using FsCheck.Fluent;
using Miyabi.Cli.View;
using Spectre.Console.Rendering;

namespace Miyabi.Cli.Tests.View;

public sealed class PlainTextTests
{
    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("[red]x[/]", "[red]x[/]")]
    [InlineData("a\u001b[31mb\u0000\u007f\u009b", "a[31mb")]
    [InlineData("a\r\nb\tc\u2028d\u00a0e", "a  b c d e")]
    [InlineData("\u202eabc\u200d\u2066\ufeff", "abc")]
    [InlineData("宮", "宮")]
    public void Clean_Text_HasNothingThatSteers(string text, string clean) => Assert.Equal(clean, PlainText.Clean(text));

    [Fact]
    public void Clean_HalfACharacter_IsReplaced() => Assert.Equal("x\ufffdy", PlainText.Clean("x\ud800y"));

    [Theory]
    [InlineData("short", 5, "short")]
    [InlineData("longer", 5, "long…")]
    [InlineData("宮宮宮", 5, "宮宮…")]
    [InlineData("宮宮宮", 4, "宮…")]
    [InlineData("abc", 0, "")]
    public void Cut_Text_FitsItsColumns(string text, int width, string cut) => Assert.Equal(cut, PlainText.Cut(text, width, unicode: true));

    [Fact]
    public void Cut_WithoutUnicode_MarksWithDots() => Assert.Equal("lo...", PlainText.Cut("longer", 5, unicode: false));

    [Fact]
    public void Cut_MarksThatTakeNoColumn_HaveAnEnd() =>
        Assert.InRange(PlainText.Cut("e" + new string('\u0301', 10_000), 5, unicode: true).Length, 1, 25);

    [Fact]
    public void Wrap_Text_BreaksAtBlanksAndInLongWords() =>
        Assert.Equal(["one", "two", "abcdefg", "hij"], PlainText.Wrap("one two abcdefghij", 7)
            .SelectMany(line => line == "one two" ? line.Split(' ') : [line]));

    [Fact]
    public void CutAndWrap_AnyText_NeverExceedTheWidth() => Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(500),
        Prop.ForAll(ArbMap.Default.ArbFor<string>(), Gen.Choose(2, 30).ToArbitrary(), (text, width) =>
        {
            var clean = PlainText.Clean(text ?? "");
            Assert.InRange(new Segment(PlainText.Cut(clean, width, unicode: true)).CellCount(), 0, width);
            Assert.All(PlainText.Wrap(clean, width), line => Assert.InRange(new Segment(line).CellCount(), 0, width));
            Assert.Equal(clean.Replace(" ", "", StringComparison.Ordinal),
                string.Concat(PlainText.Wrap(clean, width)).Replace(" ", "", StringComparison.Ordinal));
        }));
}
