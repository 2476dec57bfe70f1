using Miyabi.Core.Agents;

namespace Miyabi.Core.Tests.Agents;

public sealed class ArtifactPathTests
{
    [Theory]
    [InlineData("a")]
    [InlineData("core/a.cs")]
    [InlineData(".gitignore")]
    [InlineData("docs/übersicht/図.md")]
    [InlineData("a b/c")]
    [InlineData("a..b")]
    [InlineData("console/auxiliary.txt")]
    [InlineData("com10")]
    public void WhyUnsafe_SafePath_Null(string path) => Assert.Null(ArtifactPath.WhyUnsafe(path));

    [Theory]
    [InlineData("", "empty")]
    [InlineData("/etc/passwd", "absolute")]
    [InlineData("a//b", "empty segment")]
    [InlineData("a/", "empty segment")]
    [InlineData("..", "'..'")]
    [InlineData("a/../b", "'..'")]
    [InlineData("./a", "'.'")]
    [InlineData("a\\b", "backslash")]
    [InlineData("C:/a", "':'")]
    [InlineData("a\0b", "control")]
    [InlineData("a\u001b[31m", "control")]
    [InlineData("a\u0085", "control")]
    [InlineData("a\u202ecs.exe", "control")]
    [InlineData("a/b. ", "dot or a space")]
    [InlineData("a./b", "dot or a space")]
    [InlineData("a*", "'*'")]
    [InlineData("con/a", "reserved")]
    [InlineData("a/nul.tar.gz", "reserved")]
    [InlineData("COM1", "reserved")]
    [InlineData("lpt¹.txt", "reserved")]
    [InlineData("aux .txt", "reserved")]
    public void WhyUnsafe_UnsafePath_SaysWhy(string path, string why) =>
        Assert.Contains(why, ArtifactPath.WhyUnsafe(path), StringComparison.Ordinal);

    [Theory]
    [InlineData(200, 199, true)]
    [InlineData(200, 200, false)]
    [InlineData(255, 1, true)]
    [InlineData(256, 1, false)]
    public void WhyUnsafe_LengthAtTheEdge_CountsBytes(int first, int second, bool safe) =>
        Assert.Equal(safe, ArtifactPath.WhyUnsafe(new string('a', first) + "/" + new string('a', second)) is null);

    [Fact]
    public void WhyUnsafe_FewCharactersOfManyBytes_IsTooLong()
    {
        Assert.Null(ArtifactPath.WhyUnsafe($"{new string('図', 66)}/{new string('図', 66)}"));
        Assert.NotNull(ArtifactPath.WhyUnsafe($"{new string('図', 67)}/{new string('図', 67)}"));
        Assert.NotNull(ArtifactPath.WhyUnsafe(new string('図', 86)));
    }

    [Theory]
    [InlineData("CON", true)]
    [InlineData("nul.txt", true)]
    [InlineData("a.", true)]
    [InlineData("", true)]
    [InlineData("..", true)]
    [InlineData("a/b", true)]
    [InlineData("a\\b", true)]
    [InlineData("Task-1", false)]
    [InlineData("conus", false)]
    public void IsReservedName_Name_SaysWhetherSomeSystemRefusesIt(string name, bool expected) =>
        Assert.Equal(expected, ArtifactPath.IsReservedName(name));

    // In a Fact: attributes are stored in UTF-8, which has no place for half a character.
    [Fact]
    public void WhyUnsafe_HalfACharacter_SaysWhy()
    {
        Assert.Contains("Unicode", ArtifactPath.WhyUnsafe("a\udc00"), StringComparison.Ordinal);
        Assert.Contains("Unicode", PathGlob.WhyInvalid("*\ud800"), StringComparison.Ordinal);
        Assert.True(ArtifactPath.IsReservedName("\ud800"));
    }
}
