namespace Miyabi.Cli.Tests.EndToEnd;

/// <summary>A command line that is wrong: exit code 2, what is wrong with it, and nothing written.</summary>
public sealed class BadCommandLineTests : IDisposable
{
    private readonly CliSandbox sandbox = new();

    public void Dispose() => sandbox.Dispose();

    [Theory]
    [InlineData("", "run, plan, resume")]
    [InlineData("rum", "'rum'", "Did you mean run?")]
    [InlineData("run", "FILE is missing")]
    [InlineData("status", "RUN is missing")]
    [InlineData("export nope", "--to DIR", "--attestation FILE")]
    [InlineData("export nope --attestation a.json", "'nope'", "miyabi list")]
    [InlineData("export nope --attestation no/a.json", "--attestation", "folder is not there")]
    [InlineData("export nope --attestation tmp", "--attestation", "already")]
    [InlineData("export nope --attestation a/", "--attestation", "name of a file")]
    [InlineData("keys tust", "'tust'", "Did you mean trust?")]
    [InlineData("run HELLO --sped 2", "--sped", "Did you mean --speed?")]
    [InlineData("run --sped", "--sped", "Did you mean --speed?")]
    [InlineData("run HELLO more", "'more'")]
    [InlineData("run nope.json", "nope.json", "Name a plan file")]
    [InlineData("run .", "folder", "Name a plan file")]
    [InlineData("run HELLO --speed 0", "--speed 0", "more than 0")]
    [InlineData("run HELLO --speed -1", "--speed -1", "more than 0")]
    [InlineData("run HELLO --speed NaN", "--speed NaN", "more than 0")]
    [InlineData("run HELLO --speed abc", "--speed abc", "more than 0")]
    [InlineData("run HELLO --speed 1e9", "--speed 1e9", "at most 100000")]
    [InlineData("run HELLO --max-parallel 0", "--max-parallel 0", "1 to 200")]
    [InlineData("run HELLO --max-parallel 201", "--max-parallel 201", "1 to 200")]
    [InlineData("run HELLO --max-parallel many", "--max-parallel many", "1 to 200")]
    [InlineData("run HELLO --schedule x", "--schedule x", "waves or ready")]
    [InlineData("run HELLO --agent foo", "--agent foo", "KIND=PROVIDER")]
    [InlineData("run HELLO --agent claude=nope", "'nope'", "command, simulated")]
    [InlineData("run HELLO --agent cloud=simulated", "cloud", "claude, codex and command")]
    [InlineData("run HELLO --agent claude=simulated --agent claude=simulated", "twice")]
    [InlineData("run HELLO --agent claude=command", "'CCG-1' is of kind claude", "'command'")]
    [InlineData("run HELLO --input x=missing", "'x'", "--input x=PATH")]
    [InlineData("run HELLO --input x=.", "'x'", "no input")]
    [InlineData("run HELLO --run-id a/b", "--run-id a/b", "letters")]
    [InlineData("run HELLO --run-id ..", "--run-id ..", "letters")]
    [InlineData("run HELLO --run-id con", "--run-id con", "another")]
    [InlineData("run HELLO --store https://example.invalid/x", "--store", "folder")]
    [InlineData("resume nope", "'nope'", "miyabi list")]
    [InlineData("status nope", "'nope'", "miyabi list")]
    [InlineData("results nope", "'nope'", "miyabi list")]
    [InlineData("export nope --to out", "'nope'", "miyabi list")]
    [InlineData("verify nope", "'nope'", "miyabi list")]
    [InlineData("copy nope --to out", "'nope'", "miyabi list")]
    [InlineData("copy nope", "--to STORE is missing")]
    [InlineData("copy nope --to x://y/z", "--to x://y/z")]
    [InlineData("verify ../nope", "'../nope'", "miyabi list")]
    [InlineData("verify nope --expect-root abc", "abc", "64 hex digits")]
    [InlineData("keys trust", "--own", "key file")]
    [InlineData("keys trust nope.pem", "nope.pem", "")]
    [InlineData("keys remove nope", "'nope'", "miyabi keys")]
    [InlineData("list --store", "--store", "")]
    public async Task Command_ThatIsWrong_SaysWhatAndWritesNothing(string command, string wrong, string cure = "")
    {
        var result = await sandbox.RunAsync(Arguments(command));

        Assert.True(result.Code == 2, result.ToString());
        Assert.True(result.Error.Contains(wrong) && result.Error.Contains(cure), $"It does not say '{wrong}' and '{cure}': {result}");
        Assert.All(result.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries), line => Assert.StartsWith("miyabi: ", line));
        Assert.Empty(result.Output);
        Assert.Equal(["tmp"], Directory.EnumerateFileSystemEntries(sandbox.Folder).Select(Path.GetFileName));
    }

    [Theory]
    [InlineData("run HELLO")]
    [InlineData("list")]
    [InlineData("status nope")]
    [InlineData("resume nope")]
    [InlineData("results nope")]
    [InlineData("export nope --to out")]
    [InlineData("copy nope --to out")]
    [InlineData("verify nope")]
    public async Task Command_OnAStoreThatIsAFile_NamesItAndTheCure(string command)
    {
        sandbox.Write("store", "a file");
        await RefusedAsync(command, "store", "store", "tmp");
    }

    [UnixFact]
    public async Task Run_IntoAFileSystemThatTakesNothing_NamesItAndTheCure()
    {
        // Where even root may not write: a file is no folder, and /proc makes none.
        sandbox.Write("file", "a file");
        await RefusedAsync("run HELLO", "file/below", "file", "tmp");
        if (OperatingSystem.IsLinux())
            await RefusedAsync("run HELLO", "/proc/miyabi", "file", "tmp");
    }

    [Fact]
    public async Task Trust_OfWhatIsNoKey_IsRefused()
    {
        sandbox.Write("key.pem", "no key");
        var result = await sandbox.RunAsync("keys", "trust", "key.pem");
        Assert.Equal(2, result.Code);
        Assert.Contains("miyabi keys export", result.Error);
        Assert.False(Directory.Exists(sandbox["home"]));
    }

    [Fact]
    public async Task Command_WhoseKeysCannotBeKept_ExitsWith3()
    {
        sandbox.Write("home", "a file where the folder should be");
        var result = await sandbox.RunAsync("run", Repository.Sample("hello"));
        Assert.True(result.Code == 3, result.ToString());
        Assert.Contains("MIYABI_HOME", result.Error);
    }

    private static string[] Arguments(string command) =>
        [.. command.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(argument => argument == "HELLO" ? Repository.Sample("hello") : argument)];

    private async Task RefusedAsync(string command, string store, params string[] left)
    {
        var result = await sandbox.RunAsync([.. Arguments(command), "--store", store]);
        Assert.True(result.Code == 2, result.ToString());
        Assert.Contains(store, result.Error);
        Assert.Contains("--store", result.Error);
        Assert.Equal(left, Directory.EnumerateFileSystemEntries(sandbox.Folder).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }
}
