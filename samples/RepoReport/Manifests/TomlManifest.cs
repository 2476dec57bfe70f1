using System.Text;

namespace Miyabi.Samples.RepoReport.Manifests;

/// <summary>As much of TOML as manifests use for dependencies: tables, <c>key = value</c> on a line, arrays of strings over
/// lines.</summary>
internal static class TomlManifest
{
    /// <summary>Cargo's <c>Cargo.toml</c>: every table of dependencies, of the workspace and of targets too.</summary>
    public static IEnumerable<(string Name, string Version)> ReadCargo(ReadOnlySpan<byte> content)
    {
        var packages = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (table, key, value) in Entries(Encoding.UTF8.GetString(content)))
        {
            if (IsDependencies(table))
            {
                packages[key.Split('.')[0]] = VersionOf(value);
                continue;
            }

            // [dependencies.NAME], with the version as a key of its own.
            var dot = table.LastIndexOf('.');
            if (dot < 0 || !IsDependencies(table[..dot]))
                continue;
            var name = table[(dot + 1)..].Trim('"');
            packages[name] = key == "version" ? value.Trim('"') : packages.GetValueOrDefault(name, "");
        }

        return packages.Select(package => (package.Key, package.Value));
    }

    /// <summary>Each key with its table and the text of its value; an array over several lines comes as one.</summary>
    public static IEnumerable<(string Table, string Key, string Value)> Entries(string toml)
    {
        var table = "";
        var open = new StringBuilder();
        var openKey = "";
        foreach (var raw in toml.Split('\n'))
        {
            var line = WithoutComment(raw).Trim();
            if (open.Length > 0)
            {
                open.Append(line);
                if (!IsClosed(open))
                    continue;
                yield return (table, openKey, open.ToString());
                open.Clear();
            }
            else if (line.StartsWith('['))
            {
                table = line.Trim('[', ']', ' ');
            }
            else if (line.IndexOf('=', StringComparison.Ordinal) is > 0 and var equals)
            {
                openKey = line[..equals].Trim().Trim('"', '\'');
                var value = line[(equals + 1)..].Trim();
                if (value.StartsWith('[') && !value.EndsWith(']'))
                    open.Append(value);
                else
                    yield return (table, openKey, value);
            }
        }
    }

    /// <summary>The version in a value: a text, or the <c>version</c> of an inline table.</summary>
    public static string VersionOf(string value)
    {
        if (value.StartsWith('"') || value.StartsWith('\''))
            return value.Trim('"', '\'');
        var at = value.IndexOf("version", StringComparison.Ordinal);
        var quoted = at < 0 ? [] : value[at..].Split('"');
        return quoted.Length > 1 ? quoted[1] : "";
    }

    private static bool IsDependencies(string table) =>
        table is "dependencies" or "dev-dependencies" or "build-dependencies" or "workspace.dependencies"
        || (table.StartsWith("target.", StringComparison.Ordinal) && table.EndsWith("dependencies", StringComparison.Ordinal));

    private static bool IsClosed(StringBuilder value) => value[^1] == ']';

    private static string WithoutComment(string line)
    {
        var quote = '\0';
        for (var i = 0; i < line.Length; i++)
        {
            if (quote == '\0' && line[i] == '#')
                return line[..i];
            if (line[i] is '"' or '\'')
                quote = quote == '\0' ? line[i] : quote == line[i] ? '\0' : quote;
        }

        return line;
    }
}
