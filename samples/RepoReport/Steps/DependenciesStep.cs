using Miyabi.Samples.RepoReport.Git;
using Miyabi.Samples.RepoReport.Manifests;

namespace Miyabi.Samples.RepoReport.Steps;

/// <summary>Packages that the repository's manifests ask for.</summary>
/// <param name="Step">Always <c>dependencies</c>.</param>
/// <param name="PackageCount">Different packages.</param>
/// <param name="Ecosystems">Most packages first.</param>
/// <param name="Packages">The 100 that most manifests ask for.</param>
/// <param name="Unreadable">Manifests that could not be read, at most 25.</param>
internal sealed record Dependencies(
    string Step, int PackageCount, IReadOnlyList<EcosystemTotal> Ecosystems, IReadOnlyList<PackageUse> Packages,
    IReadOnlyList<UnreadableManifest> Unreadable);

/// <summary>An ecosystem's manifests and packages.</summary>
internal sealed record EcosystemTotal(string Ecosystem, int Manifests, int Packages);

/// <summary>A package, the versions asked for (at most 10; none where no manifest says), and how many manifests name it.</summary>
internal sealed record PackageUse(string Ecosystem, string Name, IReadOnlyList<string> Versions, int Manifests);

/// <summary>A manifest that could not be read, and why.</summary>
internal sealed record UnreadableManifest(string Path, string Why);

/// <summary>Reads package manifests.</summary>
internal sealed class DependenciesStep : IStep
{
    private const int TopPackages = 100;
    private const int TopVersions = 10;
    private const int LongestText = 200;

    public string Name => "dependencies";

    public bool ReadsRepository => true;

    public object Run(StepContext context)
    {
        var files = TrackedFile.Readable(context.Inputs.File<FileList>("inventory", FileList.FileName).Files)
            .Where(file => Manifest.FormatOf(file.Path) is not null).ToList();
        var uses = new Dictionary<(string Ecosystem, string Name), (SortedSet<string> Versions, HashSet<string> Manifests)>();
        var manifests = new Dictionary<string, int>();
        var unreadable = new List<UnreadableManifest>();

        FileContents.Read(context.Repository, files, (file, content) =>
        {
            var format = Manifest.FormatOf(file.Path)!;
            manifests[format.Ecosystem] = manifests.GetValueOrDefault(format.Ecosystem) + 1;
            try
            {
                foreach (var (name, version) in format.Read(content))
                    Add(uses, (format.Ecosystem, Short(name)), Short(version), file.Path);
            }
            catch (FormatException problem)
            {
                unreadable.Add(new UnreadableManifest(file.Path, Short(problem.Message)));
            }
        });

        var packages = uses.Select(use => new PackageUse(use.Key.Ecosystem, use.Key.Name, [.. use.Value.Versions.Take(TopVersions)],
            use.Value.Manifests.Count))
            .OrderByDescending(package => package.Manifests).ThenBy(package => package.Ecosystem, StringComparer.Ordinal)
            .ThenBy(package => package.Name, StringComparer.Ordinal).ToList();
        var ecosystems = manifests.Select(one => new EcosystemTotal(one.Key, one.Value,
                packages.Count(package => package.Ecosystem == one.Key)))
            .OrderByDescending(one => one.Packages).ThenBy(one => one.Ecosystem, StringComparer.Ordinal);
        return new Dependencies(Name, packages.Count, [.. ecosystems], [.. packages.Take(TopPackages)],
            [.. unreadable.Take(StepContext.Top)]);
    }

    private static void Add(
        Dictionary<(string Ecosystem, string Name), (SortedSet<string> Versions, HashSet<string> Manifests)> uses,
        (string Ecosystem, string Name) package, string version, string manifest)
    {
        if (!uses.TryGetValue(package, out var use))
            uses[package] = use = (new SortedSet<string>(StringComparer.Ordinal), []);
        if (version.Length > 0)
            use.Versions.Add(version);
        use.Manifests.Add(manifest);
    }

    private static string Short(string text) => text.Length <= LongestText ? text : text[..LongestText] + "...";
}
