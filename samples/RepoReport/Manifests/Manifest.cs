namespace Miyabi.Samples.RepoReport.Manifests;

/// <summary>Reads one kind of package manifest.</summary>
/// <param name="content">The file's bytes.</param>
/// <returns>Packages with the version asked for, empty where the manifest does not say.</returns>
/// <exception cref="FormatException">It is not in its form.</exception>
internal delegate IEnumerable<(string Name, string Version)> ManifestReader(ReadOnlySpan<byte> content);

/// <summary>A kind of package manifest.</summary>
internal sealed record ManifestFormat(string Ecosystem, ManifestReader Read);

/// <summary>Which files are package manifests, by name.</summary>
internal static class Manifest
{
    private static readonly ManifestFormat NuGet = new("NuGet", MsBuildManifest.Read);
    private static readonly ManifestFormat Npm = new("npm", JsonManifest.ReadNpm);
    private static readonly ManifestFormat Composer = new("Composer", JsonManifest.ReadComposer);
    private static readonly ManifestFormat Requirements = new("Python", PythonManifest.ReadRequirements);
    private static readonly ManifestFormat PyProject = new("Python", PythonManifest.ReadProject);
    private static readonly ManifestFormat Cargo = new("Cargo", TomlManifest.ReadCargo);
    private static readonly ManifestFormat Go = new("Go", GoManifest.Read);
    private static readonly ManifestFormat Maven = new("Maven", MavenManifest.Read);

    /// <summary>How to read a file; <see langword="null"/> if it is no manifest. What lies in <c>node_modules</c> is somebody
    /// else's.</summary>
    public static ManifestFormat? FormatOf(string path)
    {
        if (path.Contains("node_modules/", StringComparison.Ordinal))
            return null;
        var name = path[(path.LastIndexOf('/') + 1)..];
        return name switch
        {
            "package.json" => Npm,
            "composer.json" => Composer,
            "pyproject.toml" => PyProject,
            "Cargo.toml" => Cargo,
            "go.mod" => Go,
            "pom.xml" => Maven,
            "Directory.Packages.props" or "Directory.Build.props" or "Directory.Build.targets" => NuGet,
            _ when name.StartsWith("requirements", StringComparison.Ordinal) && name.EndsWith(".txt", StringComparison.Ordinal)
                => Requirements,
            _ when Path.GetExtension(name) is ".csproj" or ".fsproj" or ".vbproj" => NuGet,
            _ => null,
        };
    }
}
