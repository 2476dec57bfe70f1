using System.Text;

namespace Miyabi.Samples.RepoReport.Manifests;

/// <summary>Go's <c>go.mod</c>.</summary>
internal static class GoManifest
{
    /// <summary>Modules of <c>require</c>, alone or in a block.</summary>
    public static IEnumerable<(string Name, string Version)> Read(ReadOnlySpan<byte> content)
    {
        var packages = new List<(string, string)>();
        var block = "";
        foreach (var line in Encoding.UTF8.GetString(content).Split('\n'))
        {
            var words = line.Split("//")[0].Split((char[])[' ', '\t', '\r'], StringSplitOptions.RemoveEmptyEntries);
            if (words is [var directive, "("])
                block = directive;
            else if (words is [")"])
                block = "";
            else if (block == "require" && words is [var module, var version])
                packages.Add((module, version));
            else if (words is ["require", var single, var itsVersion])
                packages.Add((single, itsVersion));
        }

        return packages;
    }
}
