using System.Text;

namespace Miyabi.Samples.RepoReport.Manifests;

/// <summary>Python's requirements files and <c>pyproject.toml</c>.</summary>
internal static class PythonManifest
{
    private const string Comparisons = "<>=!~";

    /// <summary>One requirement a line; options (<c>-r</c>, <c>--hash</c>) are left out.</summary>
    public static IEnumerable<(string Name, string Version)> ReadRequirements(ReadOnlySpan<byte> content) =>
        [.. Encoding.UTF8.GetString(content).Split('\n')
            .Select(line => line.Split('#')[0].Trim().TrimEnd('\\').Trim())
            .Where(line => line.Length > 0 && char.IsAsciiLetterOrDigit(line[0]) && !line.Contains("://", StringComparison.Ordinal))
            .Select(Split)];

    /// <summary>Dependencies of the project, its extras and groups, and those of Poetry.</summary>
    public static IEnumerable<(string Name, string Version)> ReadProject(ReadOnlySpan<byte> content)
    {
        var packages = new List<(string, string)>();
        foreach (var (table, key, value) in TomlManifest.Entries(Encoding.UTF8.GetString(content)))
        {
            if ((table == "project" && key == "dependencies") || table is "project.optional-dependencies" or "dependency-groups")
                packages.AddRange(Texts(value).Select(Split));
            else if (IsPoetry(table) && key != "python")
                packages.Add((key, TomlManifest.VersionOf(value)));
        }

        return packages;
    }

    private static bool IsPoetry(string table) =>
        table.StartsWith("tool.poetry.", StringComparison.Ordinal) && table.EndsWith("dependencies", StringComparison.Ordinal);

    /// <summary>The quoted texts of an array.</summary>
    private static IEnumerable<string> Texts(string array)
    {
        for (var at = 0; at < array.Length; at++)
        {
            if (array[at] is not ('"' or '\''))
                continue;
            var end = array.IndexOf(array[at], at + 1);
            if (end < 0)
                yield break;
            yield return array[(at + 1)..end];
            at = end;
        }
    }

    /// <summary><c>name[extra]>=1.2; marker</c> as name and version.</summary>
    private static (string Name, string Version) Split(string requirement)
    {
        var text = requirement.Split(';')[0].Split(" --")[0].Trim();
        var end = text.AsSpan().IndexOfAny(Comparisons + " [@(");
        if (end < 0)
            return (text, "");
        var rest = text[end..];
        var version = rest.AsSpan().IndexOfAny(Comparisons);
        return (text[..end], version < 0 ? "" : rest[version..].TrimEnd(')').Trim());
    }
}
