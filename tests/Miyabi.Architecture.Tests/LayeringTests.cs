using System.Xml.Linq;

namespace Miyabi.Architecture.Tests;

/// <summary>References point down only: docs/architecture.md says why.</summary>
public sealed class LayeringTests
{
    private static readonly string Root = FindRoot();

    // What a project may see. A new project is added here, where its place is thought about.
    private static readonly Dictionary<string, string[]> Allowed = new(StringComparer.Ordinal)
    {
        ["Miyabi.Core"] = [],
        ["Miyabi.Agents"] = ["Miyabi.Core"],
        ["Miyabi.Storage"] = ["Miyabi.Core"],
        ["Miyabi.Web"] = ["Miyabi.Core"],
        ["Miyabi.Cli"] = ["Miyabi.Agents", "Miyabi.Core", "Miyabi.Storage", "Miyabi.Web"],
        ["Agents.Functions"] = ["Miyabi.Agents", "Miyabi.Core"],
        ["Orchestrator.Functions"] = ["Agents.Functions", "Miyabi.Agents", "Miyabi.Core", "Miyabi.Storage", "Miyabi.Web"],
        ["RepoReport"] = [],
    };

    // Packages that reach users. Core has none: it decides, and knows its ports only.
    private static readonly Dictionary<string, string[]> AllowedPackages = new(StringComparer.Ordinal)
    {
        ["Miyabi.Agents"] = ["Anthropic", "OpenAI"],
        ["Miyabi.Cli"] = ["Azure.Core", "Azure.Identity", "OpenTelemetry.Exporter.OpenTelemetryProtocol", "Spectre.Console", "System.CommandLine"],
        ["Orchestrator.Functions"] =
        [
            "Azure.Identity", "Azure.Monitor.OpenTelemetry.Exporter", "Microsoft.Azure.Functions.Worker.OpenTelemetry", "Microsoft.Azure.Functions.Worker.Sdk",
            "OpenTelemetry.Exporter.OpenTelemetryProtocol", "OpenTelemetry.Extensions.Hosting",
        ], // what else functions are made of: eng/FunctionsSdk.props
        ["Miyabi.Storage"] = ["Azure.Core", "Azure.Identity", "Azure.Storage.Blobs"],
    };

    public static TheoryData<string> Projects => [.. ProjectFiles().Select(file => Path.GetFileNameWithoutExtension(file)!)];

    [Theory]
    [MemberData(nameof(Projects))]
    public void Project_References_PointDownOnly(string project)
    {
        Assert.True(Allowed.ContainsKey(project), $"{project} has no place in the layers: give it one in {nameof(LayeringTests)}.{nameof(Allowed)}.");
        var wrong = References(project, "ProjectReference").Select(path => Path.GetFileNameWithoutExtension(path.Replace('\\', '/'))).Except(Allowed[project]);
        Assert.Empty(wrong);
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void Project_Packages_AreThoseThatItMayUse(string project) =>
        Assert.Empty(References(project, "PackageReference").Except(AllowedPackages.GetValueOrDefault(project, [])));

    [Fact]
    public void EveryLayer_IsThere() => Assert.Equal(Allowed.Keys.Order(StringComparer.Ordinal), Projects.Order(StringComparer.Ordinal));

    [Theory]
    [InlineData("System.Diagnostics.Process")]
    [InlineData("System.Net")]
    [InlineData("System.IO.FileSystem")]
    [InlineData("System.IO.Pipes")]
    [InlineData("System.Console")]
    [InlineData("System.Data")]
    [InlineData("Microsoft")]
    [InlineData("Azure")]
    [InlineData("Miyabi")]
    public void Core_Assembly_HasNothingToTouchTheWorldWith(string prefix) => Assert.DoesNotContain(
        typeof(Core.Plans.Plan).Assembly.GetReferencedAssemblies(), assembly => assembly.Name!.StartsWith(prefix, StringComparison.Ordinal));

    [Fact]
    public void Solution_HasEveryProject()
    {
        var solution = File.ReadAllText(Path.Combine(Root, "Miyabi.Functions.sln"));
        var tests = Directory.EnumerateFiles(Path.Combine(Root, "tests"), "*.csproj", SearchOption.AllDirectories);
        Assert.All(ProjectFiles().Concat(tests), file => Assert.Contains($"{Path.GetFileName(file)}\"", solution));
    }

    private static IEnumerable<string> ProjectFiles() =>
        new[] { "src", "samples" }.SelectMany(folder => Directory.EnumerateFiles(Path.Combine(Root, folder), "*.csproj", SearchOption.AllDirectories));

    private static IEnumerable<string> References(string project, string kind) =>
        XDocument.Load(ProjectFiles().Single(file => Path.GetFileNameWithoutExtension(file) == project))
            .Descendants(kind).Select(reference => reference.Attribute("Include")!.Value);

    private static string FindRoot()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Miyabi.Functions.sln")))
            folder = Path.GetDirectoryName(folder) ?? throw new FileNotFoundException("Miyabi.Functions.sln is in no folder above the tests.");
        return folder;
    }
}
