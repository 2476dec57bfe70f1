using System.Diagnostics;

namespace Miyabi.Cli.Tests.EndToEnd;

/// <summary>What a command printed, and how it ended.</summary>
internal sealed record CliResult(int Code, string Output, string Error)
{
    public override string ToString() => $"exit {Code}\n---- stdout\n{Output}\n---- stderr\n{Error}";
}

/// <summary>A user of one's own: home, store and temporary files in a folder that is gone afterwards. Commands run in it as processes.</summary>
internal sealed class CliSandbox : IDisposable
{
    private static readonly string Dotnet = Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet" ? path : "dotnet";

    // What test.sh names: the command as its users have it, compiled ahead, which takes a fifth less time for each of some thousand processes.
    // Without that, from the folder that it was built to. Beside the tests there is not all that it needs: they have a web server's framework, which stands in for some assemblies, and it has none.
    private static readonly string Cli = Environment.GetEnvironmentVariable("MIYABI_TESTED_COMMAND") ?? Path.Combine(AppContext.BaseDirectory, "..", "..", "Miyabi.Cli", new DirectoryInfo(AppContext.BaseDirectory).Name, "miyabi.dll");

    private readonly List<CliProcess> processes = [];

    public CliSandbox() => Directory.CreateDirectory(this["tmp"]);

    /// <summary>The working directory of every command.</summary>
    public string Folder { get; } = Directory.CreateTempSubdirectory("miyabi-cli-").FullName;

    /// <summary>Where the installation's keys lie; not there before the first run.</summary>
    public string Home { get; set; } = "home";

    /// <summary>Variables that commands get in addition.</summary>
    public Dictionary<string, string> Variables { get; } = [];

    /// <summary>The full path of something in the folder.</summary>
    public string this[string name] => Path.Combine(Folder, name);

    /// <summary>How the CLI is started: for tests that start it through another program.</summary>
    public static IReadOnlyList<string> Command(params string[] arguments) => [Dotnet, Cli, .. arguments];

    /// <summary>How a program that lies beside the tests is started.</summary>
    public static IReadOnlyList<string> Program(string file) => [Dotnet, Path.Combine(AppContext.BaseDirectory, file)];

    /// <summary>Writes a file into the folder.</summary>
    public string Write(string name, string text)
    {
        File.WriteAllText(this[name], text);
        return name;
    }

    /// <summary>Runs <c>miyabi</c> to its end.</summary>
    public Task<CliResult> RunAsync(params string[] arguments) => RunAsync("", arguments);

    /// <summary>Runs <c>miyabi</c> to its end, with something on standard input.</summary>
    public async Task<CliResult> RunAsync(string input, string[] arguments)
    {
        var process = Start(Command(arguments));
        await process.SendAsync(input);
        return await process.EndAsync();
    }

    /// <summary>Runs <c>miyabi</c>, which must succeed.</summary>
    public async Task<string> SucceedAsync(params string[] arguments)
    {
        var result = await RunAsync(arguments);
        Assert.True(result.Code == 0, $"miyabi {string.Join(' ', arguments)}: {result}");
        return result.Output;
    }

    /// <summary>Starts a program as this user.</summary>
    public CliProcess Start(IReadOnlyList<string> command)
    {
        var start = new ProcessStartInfo(command[0], command.Skip(1))
        {
            UseShellExecute = false,
            WorkingDirectory = Folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var name in start.Environment.Keys.Where(IsOfTheTests).ToList())
            start.Environment.Remove(name);
        start.Environment["HOME"] = Folder;
        start.Environment["MIYABI_HOME"] = this[Home];
        start.Environment["TMPDIR"] = start.Environment["TMP"] = start.Environment["TEMP"] = this["tmp"];
        foreach (var (name, value) in Variables)
            start.Environment[name] = value;
        var process = new CliProcess(Process.Start(start)!, string.Join(' ', command.Skip(2)));
        lock (processes)
            processes.Add(process);
        return process;
    }

    public void Dispose()
    {
        foreach (var process in processes)
            process.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    // What the test host has set for itself, or the person who runs the tests for theirs, must not decide here.
    private static bool IsOfTheTests(string name) =>
        name is "TRACEPARENT" or "NO_COLOR" or "COLUMNS" or "LINES" or "CI" or "TERM"
        || name.StartsWith("MIYABI", StringComparison.Ordinal)
        || name.StartsWith("ANTHROPIC_", StringComparison.Ordinal)
        || name.StartsWith("OPENAI_", StringComparison.Ordinal)
        || name.StartsWith("OTEL_", StringComparison.Ordinal)
        || name.StartsWith("XDG_", StringComparison.Ordinal)
        || name.StartsWith("GIT_", StringComparison.Ordinal)
        || name.StartsWith("CORECLR_", StringComparison.Ordinal)
        || name.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase);
}
