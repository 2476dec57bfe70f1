namespace Miyabi.Samples.RepoReport.Manifests;

/// <summary>Maven's <c>pom.xml</c>.</summary>
internal static class MavenManifest
{
    /// <summary>Every <c>dependency</c> as group:artifact. A version that is a property stays as it is written.</summary>
    public static IEnumerable<(string Name, string Version)> Read(ReadOnlySpan<byte> content) =>
        XmlContent.ReadElements(content)
            .Where(element => element.Name.LocalName == "dependency")
            .Select(element => (
                $"{XmlContent.Child(element, "groupId")}:{XmlContent.Child(element, "artifactId")}",
                XmlContent.Child(element, "version")));
}
