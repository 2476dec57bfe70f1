namespace Miyabi.Samples.RepoReport.Tests;

/// <summary>Package manifests of each ecosystem.</summary>
public sealed class DependenciesTests
{
    [Theory]
    [InlineData("a.csproj",
        "<Project><X><PackageReference Include='One' Version='1.0'/>"
            + "<PackageReference Include='Two'><Version>2</Version></PackageReference></X></Project>",
        "NuGet One 1.0; NuGet Two 2")]
    [InlineData("Directory.Packages.props", "<Project><PackageVersion Include='One' Version='1.0'/></Project>", "NuGet One 1.0")]
    [InlineData("package.json", """{ "dependencies": { "one": "^1" }, "devDependencies": { "two": "2" } }""", "npm one ^1; npm two 2")]
    [InlineData("composer.json", """{ "require": { "php": "8", "a/b": "1" } }""", "Composer a/b 1")]
    [InlineData("requirements-dev.txt", "# no\none==1.0 # why\n-r other.txt\ntwo[extra]>=2; python_version>'3'\nthree\n",
        "Python one ==1.0; Python three ; Python two >=2")]
    [InlineData("pyproject.toml",
        "[project]\nname = 'x'\ndependencies = [\n  'one>=1', # why\n  \"two[a]\",\n]\n"
            + "[tool.poetry.dependencies]\npython = '3'\nthree = \"^3\"\n",
        "Python one >=1; Python three ^3; Python two ")]
    [InlineData("go.mod", "module x\n\nrequire a.b/c v1.0.0\nrequire (\n\td.e/f v2.0.0 // indirect\n)\n",
        "Go a.b/c v1.0.0; Go d.e/f v2.0.0")]
    [InlineData("Cargo.toml",
        "[dependencies]\none = \"1\"\ntwo = { version = \"2\", features = [\"x\"] }\n[dev-dependencies.three]\nversion = \"3\"\n",
        "Cargo one 1; Cargo three 3; Cargo two 2")]
    [InlineData("pom.xml",
        "<project xmlns='urn:x'><dependency><groupId>g</groupId><artifactId>a</artifactId><version>1</version></dependency></project>",
        "Maven g:a 1")]
    public void Dependencies_Manifest_ListsPackages(string path, string content, string expected)
    {
        using var repository = new TemporaryRepository().Write(path, content).Commit();

        var packages = SamplePlan.Run(repository, "dependencies").Output("dependencies")["packages"]!.AsArray();

        Assert.Equal(expected, string.Join("; ", packages.Select(package =>
            $"{package!["ecosystem"]} {package["name"]} {string.Join(',', package["versions"]!.AsArray())}")));
    }

    [Fact]
    public void Dependencies_TwoVersions_AreBothNamed()
    {
        using var repository = new TemporaryRepository()
            .Write("a/package.json", """{ "dependencies": { "one": "1" } }""")
            .Write("b/package.json", """{ "dependencies": { "one": "2" } }""").Commit();

        var package = SamplePlan.Run(repository, "dependencies").Output("dependencies")["packages"]![0]!;

        Assert.Equal("""["1","2"]""", package["versions"]!.ToJsonString());
        Assert.Equal(2, (int)package["manifests"]!);
    }

    [Theory]
    [InlineData("package.json", "{ no")]
    [InlineData("package.json", "[1]")]
    [InlineData("a.csproj", "<Project>")]
    [InlineData("pom.xml", "<!DOCTYPE x [<!ENTITY a 'aaaaaaaa'>]><x>&a;</x>")]
    public void Dependencies_BrokenManifest_IsNamedAndTheRestGoesOn(string path, string content)
    {
        using var repository = new TemporaryRepository().Write(path, content).Write("go.mod", "require a v1\n").Commit();

        var dependencies = SamplePlan.Run(repository, "dependencies").Output("dependencies");

        Assert.Equal(path, (string?)dependencies["unreadable"]![0]!["path"]);
        Assert.Equal(1, (int)dependencies["packageCount"]!);
    }

    [Fact]
    public void Dependencies_BottomlessXml_IsNamed()
    {
        var deep = string.Concat(Enumerable.Repeat("<a>", 100_000)) + string.Concat(Enumerable.Repeat("</a>", 100_000));
        using var repository = new TemporaryRepository().Write("a.csproj", deep).Commit();

        Assert.Single(SamplePlan.Run(repository, "dependencies").Output("dependencies")["unreadable"]!.AsArray());
    }
}
