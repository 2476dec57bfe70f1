using System.Text.Json.Nodes;

namespace Miyabi.Samples.RepoReport.Tests;

/// <summary>Carries out the tasks of the real repo-report.plan.json by its own words: dependencies, arguments, writes.</summary>
internal sealed class SamplePlan
{
    private readonly string _work;
    private readonly Dictionary<string, JsonObject> _results = [];

    private SamplePlan(string work) => _work = work;

    public static string Samples { get; } = FindSamples();

    public static JsonNode Read(string name) => JsonNode.Parse(File.ReadAllText(Path.Combine(Samples, name)))!;

    /// <summary>Runs every task up to one, in the plan's order, which has each task after those it depends on.</summary>
    public static SamplePlan Run(TemporaryRepository repository, string last = "report", string? path = null)
    {
        var plan = new SamplePlan(repository.Beside("work"));
        foreach (var task in Read("repo-report.plan.json")["tasks"]!.AsArray())
        {
            plan.RunTask(task!, path ?? repository.Path);
            if ((string)task!["id"]! == last)
                break;
        }

        return plan;
    }

    public JsonNode Output(string task) => _results[task]["output"]!;

    public string Report() => File.ReadAllText(Path.Combine(_work, "report", "report", "REPORT.md"));

    private void RunTask(JsonNode task, string repository)
    {
        var id = (string)task["id"]!;
        var workspace = Directory.CreateDirectory(Path.Combine(_work, id)).FullName;
        var arguments = task["command"]!["arguments"]!.AsArray()
            .Select(argument => ((string)argument!).Replace("${input.repo}", repository, StringComparison.Ordinal)).ToArray();
        var inputs = (task["dependsOn"]?.AsArray() ?? []).Select(dependency => _results[(string)dependency!].DeepClone()).ToArray();
        var instruction = new JsonObject { ["task"] = id, ["inputs"] = new JsonArray(inputs) };

        var (exitCode, output, error) = Tool.Run(arguments, instruction.ToJsonString(), workspace);

        Assert.True(exitCode == 0, $"{id}: {error}");
        var writes = (task["writes"]?.AsArray() ?? []).Select(glob => ((string)glob!).Replace("**", "", StringComparison.Ordinal)).ToList();
        var files = Directory.GetFiles(workspace, "*", SearchOption.AllDirectories)
            .Select(file => (Path: Path.GetRelativePath(workspace, file).Replace('\\', '/'), Location: file)).ToList();
        Assert.All(files, file => Assert.Contains(writes, folder => file.Path.StartsWith(folder, StringComparison.Ordinal)));
        _results[id] = new JsonObject
        {
            ["task"] = id,
            ["output"] = JsonNode.Parse(output),
            ["files"] = new JsonArray([.. files.Select(file => new JsonObject { ["path"] = file.Path, ["location"] = file.Location })]),
        };
    }

    private static string FindSamples()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Miyabi.Functions.sln")))
            folder = folder.Parent ?? throw new InvalidOperationException("The tests must lie inside the repository.");
        return Path.Combine(folder.FullName, "samples");
    }
}
