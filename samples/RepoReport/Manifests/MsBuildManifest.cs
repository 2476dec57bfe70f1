namespace Miyabi.Samples.RepoReport.Manifests;

/// <summary>.NET projects and central package versions.</summary>
internal static class MsBuildManifest
{
    /// <summary>Packages of <c>PackageReference</c>, <c>PackageVersion</c> and <c>GlobalPackageReference</c>.</summary>
    public static IEnumerable<(string Name, string Version)> Read(ReadOnlySpan<byte> content) =>
        XmlContent.ReadElements(content)
            .Where(element => element.Name.LocalName is "PackageReference" or "PackageVersion" or "GlobalPackageReference")
            .Select(element => (
                Name: (string?)element.Attribute("Include") ?? (string?)element.Attribute("Update") ?? "",
                Version: (string?)element.Attribute("Version") ?? (string?)element.Attribute("VersionOverride")
                    ?? XmlContent.Child(element, "Version")))
            .Where(package => package.Name.Length > 0);
}
