namespace Miyabi.Cli.Tests.EndToEnd;

/// <summary>Files of this repository that the product is published with.</summary>
internal static class Repository
{
    /// <summary>Its root: the folder above the tests that has the solution.</summary>
    public static readonly string Root = Find();

    /// <summary>A sample plan.</summary>
    public static string Sample(string name) => Path.Combine(Root, "samples", $"{name}.plan.json");

    private static string Find()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Miyabi.Functions.sln")))
            folder = Path.GetDirectoryName(folder) ?? throw new FileNotFoundException("Miyabi.Functions.sln is in no folder above the tests.");
        return folder;
    }
}
