using System.Text.Json;

namespace Miyabi.Samples.RepoReport.Manifests;

/// <summary>Manifests in JSON: objects whose properties are packages and their versions.</summary>
internal static class JsonManifest
{
    private static readonly JsonDocumentOptions Lenient = new() { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip };

    /// <summary>npm's <c>package.json</c>.</summary>
    public static IEnumerable<(string Name, string Version)> ReadNpm(ReadOnlySpan<byte> content) =>
        Read(content, "dependencies", "devDependencies", "peerDependencies", "optionalDependencies");

    /// <summary>PHP's <c>composer.json</c>; what has no vendor is the platform.</summary>
    public static IEnumerable<(string Name, string Version)> ReadComposer(ReadOnlySpan<byte> content) =>
        Read(content, "require", "require-dev").Where(package => package.Name.Contains('/', StringComparison.Ordinal));

    private static List<(string Name, string Version)> Read(ReadOnlySpan<byte> content, params string[] sections)
    {
        try
        {
            using var document = JsonDocument.Parse(content.ToArray(), Lenient);
            var packages = new List<(string, string)>();
            foreach (var section in sections)
            {
                if (document.RootElement.TryGetProperty(section, out var entries) && entries.ValueKind == JsonValueKind.Object)
                {
                    packages.AddRange(entries.EnumerateObject()
                        .Select(entry => (entry.Name, entry.Value.ValueKind == JsonValueKind.String ? entry.Value.GetString()! : "")));
                }
            }

            return packages;
        }
        catch (Exception problem) when (problem is JsonException or InvalidOperationException)
        {
            throw new FormatException(problem.Message, problem);
        }
    }
}
