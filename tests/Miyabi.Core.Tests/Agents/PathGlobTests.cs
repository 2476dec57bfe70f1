using FsCheck;
using FsCheck.Fluent;
using Miyabi.Core.Agents;

namespace Miyabi.Core.Tests.Agents;

public sealed class PathGlobTests
{
    // Two letters and a wildcard for each kind are enough to tell any two of these globs apart by paths of up to four segments.
    private static readonly string[] Segments = ["a", "b", "*", "?", "**", "a*", "*b", "?b", "ab", "*a*"];
    private static readonly string[] Names = [.. Words(3)];

    [Theory]
    [InlineData("core/**", "core/a.cs")]
    [InlineData("core/**", "core/deep/er/a.cs")]
    [InlineData("core/**", "core")]
    [InlineData("**", "a")]
    [InlineData("**/x.md", "x.md")]
    [InlineData("**/x.md", "a/b/x.md")]
    [InlineData("a/**/b/**/c", "a/b/b/c/c")]
    [InlineData("*.cs", "a.cs")]
    [InlineData("*", "a")]
    [InlineData("a?c", "abc")]
    [InlineData("a?c", "a😀c")]
    [InlineData("app/[id]/{x}.ts", "app/[id]/{x}.ts")]
    [InlineData("a*b*c", "a-b-b-c")]
    public void IsMatch_MatchingPath_True(string glob, string path) => Assert.True(PathGlob.IsMatch(glob, path));

    [Theory]
    [InlineData("core/**", "cores/a.cs")]
    [InlineData("core/**", "Core/a.cs")]
    [InlineData("core/*", "core/a/b")]
    [InlineData("core/*", "core")]
    [InlineData("*.cs", "a/b.cs")]
    [InlineData("a?c", "ac")]
    [InlineData("a?c", "a/c")]
    [InlineData("a.c", "abc")]
    [InlineData("[ab]", "a")]
    [InlineData("**", "")]
    [InlineData("**", "a//b")]
    [InlineData("a", "a/")]
    [InlineData("ab", "*")]
    [InlineData("a?", "**")]
    public void IsMatch_OtherPath_False(string glob, string path) => Assert.False(PathGlob.IsMatch(glob, path));

    [Fact]
    public void IsMatch_ManyStars_EndsAtOnce()
    {
        var glob = string.Concat(Enumerable.Repeat("a*", 190)) + "b";
        Assert.False(PathGlob.IsMatch(glob, new string('a', 390)));
        Assert.False(PathGlob.IsMatch(string.Concat(Enumerable.Repeat("**/", 100)) + "b", string.Join('/', Enumerable.Repeat("a", 190))));
    }

    [Theory]
    [InlineData("core/**", "core/a.cs", true)]
    [InlineData("core/**", "core", true)]
    [InlineData("core/**", "**/x", true)]
    [InlineData("*.cs", "a*", true)]
    [InlineData("a*b", "a?b", true)]
    [InlineData("core/**", "http/**", false)]
    [InlineData("*.cs", "*.md", false)]
    [InlineData("a/*", "a/*/*", false)]
    [InlineData("a?", "a", false)]
    public void Overlaps_TwoGlobs_SaysWhetherAPathMatchesBoth(string one, string other, bool expected)
    {
        Assert.Equal(expected, PathGlob.Overlaps(one, other));
        Assert.Equal(expected, PathGlob.Overlaps(other, one));
    }

    [Fact]
    public void Overlaps_EverySmallGlob_AgreesWithEnumeration()
    {
        var globs = Segments.Concat(from one in Segments from other in Segments select $"{one}/{other}").ToArray();
        string[] paths =
        [
            .. Names,
            .. from one in Names from other in Names select $"{one}/{other}",
            .. from one in Words(2) from two in Words(2) from three in Words(2) select $"{one}/{two}/{three}",
        ];
        var matches = globs.ToDictionary(glob => glob, glob => paths.Where(path => ObviousMatch(glob, path)).ToHashSet());

        foreach (var glob in globs)
            Assert.True(matches[glob].SetEquals(paths.Where(path => PathGlob.IsMatch(glob, path))), glob);
        foreach (var one in globs)
            foreach (var other in globs)
                Assert.True(matches[one].Overlaps(matches[other]) == PathGlob.Overlaps(one, other), $"{one} and {other}");
    }

    [Fact]
    public void Overlaps_PathThatMatchesBoth_True()
    {
        var segment = Gen.Elements(Names);
        var path = Gen.Elements(1, 2, 3, 4).SelectMany(count => Gen.ArrayOf(segment, count));
        var choices = Gen.ArrayOf(Gen.Choose(0, 5), 24);
        var property = Prop.ForAll(
            Arb.From(path),
            Arb.From(choices),
            Arb.From(choices),
            (segments, one, other) =>
            {
                var (a, b, file) = (Generalize(segments, one), Generalize(segments, other), string.Join('/', segments));
                return PathGlob.IsMatch(a, file) && PathGlob.IsMatch(b, file) && PathGlob.Overlaps(a, b);
            });
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(2000), property);
    }

    [Theory]
    [InlineData("core/**")]
    [InlineData("**")]
    [InlineData("a/*/b?.cs")]
    [InlineData("app/[id]/page.tsx")]
    [InlineData("au?")]
    [InlineData(".github/workflows/*.yml")]
    public void WhyInvalid_UsableGlob_Null(string glob) => Assert.Null(PathGlob.WhyInvalid(glob));

    [Theory]
    [InlineData("")]
    [InlineData("/a")]
    [InlineData("a/")]
    [InlineData("a//b")]
    [InlineData("../a")]
    [InlineData("a/./b")]
    [InlineData("a\\b")]
    [InlineData("a**")]
    [InlineData("a/**b/c")]
    [InlineData("***")]
    [InlineData("C:/a")]
    [InlineData("a\n")]
    [InlineData("nul/*")]
    [InlineData("con.*")]
    [InlineData("*.")]
    public void WhyInvalid_UnusableGlob_SaysWhy(string glob) => Assert.False(string.IsNullOrWhiteSpace(PathGlob.WhyInvalid(glob)));

    [Fact]
    public void WhyInvalid_TooLong_SaysWhy()
    {
        Assert.Null(PathGlob.WhyInvalid(new string('a', 199) + "/" + new string('a', 200)));
        Assert.NotNull(PathGlob.WhyInvalid(new string('a', 199) + "/" + new string('a', 201)));
    }

    private static IEnumerable<string> Words(int length) =>
        length == 0 ? [] : Words(length - 1).SelectMany(word => new[] { word + "a", word + "b" }).Concat(["a", "b"]).Distinct();

    /// <summary>Makes a glob from a path by putting wildcards for parts of it.</summary>
    private static string Generalize(string[] segments, int[] choices)
    {
        var at = 0;
        int Next() => choices[at++ % choices.Length];
        return string.Join('/', segments.SelectMany(segment => Next() switch
        {
            0 => ["**"],
            1 => new[] { "**", segment },
            2 => ["*"],
            _ => [string.Concat(segment.Select(c => Next() switch { 0 => "?", 1 => $"{c}*", 2 => $"?*", _ => $"{c}" })).Replace("**", "*")],
        }));
    }

    /// <summary>The definition of a match, tried in every way.</summary>
    private static bool ObviousMatch(string glob, string path) => Match([.. glob.Split('/')], [.. path.Split('/')]);

    private static bool Match(ReadOnlySpan<string> glob, ReadOnlySpan<string> path) =>
        glob.IsEmpty ? path.IsEmpty
        : glob[0] == "**" ? Match(glob[1..], path) || (!path.IsEmpty && Match(glob, path[1..]))
        : !path.IsEmpty && MatchName(glob[0], path[0]) && Match(glob[1..], path[1..]);

    private static bool MatchName(ReadOnlySpan<char> glob, ReadOnlySpan<char> name) =>
        glob.IsEmpty ? name.IsEmpty
        : glob[0] == '*' ? MatchName(glob[1..], name) || (!name.IsEmpty && MatchName(glob, name[1..]))
        : !name.IsEmpty && (glob[0] == '?' || glob[0] == name[0]) && MatchName(glob[1..], name[1..]);
}
