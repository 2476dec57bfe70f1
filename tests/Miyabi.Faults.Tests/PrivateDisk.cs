using System.Globalization;
using Miyabi.Cli.Tests.EndToEnd;
using Miyabi.Testing.Agents;

namespace Miyabi.Faults.Tests;

/// <summary>
/// A real file system of a few megabytes that only this shell and what it starts can see: a tmpfs in a mount namespace of its own, which needs
/// no rights but to make namespaces. It is gone with the shell.
/// </summary>
internal sealed class PrivateDisk : IAsyncDisposable
{
    private const int Page = 4096;

    private readonly CliSandbox sandbox;
    private readonly CliProcess shell;
    private readonly string folder;
    private int commands;

    private PrivateDisk(CliSandbox sandbox, CliProcess shell, string folder) => (this.sandbox, this.shell, this.folder) = (sandbox, shell, folder);

    /// <summary>Mounts one at a folder of the sandbox.</summary>
    public static async Task<PrivateDisk> MountAsync(CliSandbox sandbox, string folder, int kilobytes)
    {
        Directory.CreateDirectory(sandbox[folder]);
        Directory.CreateDirectory(sandbox["commands"]);
        List<string> refusals = [];
        // Without root a user namespace gives the right to mount; where those are forbidden, root has it anyway.
        foreach (var rights in new[] { "-Urm", "-m" })
        {
            var disk = new PrivateDisk(sandbox, sandbox.Start(["unshare", rights, "sh"]), folder);
            var mounted = await disk.ShellAsync($"mount -t tmpfs -o size={kilobytes}k tmpfs {folder}");
            if (mounted.Code == 0)
                return disk;
            refusals.Add($"unshare {rights}: {mounted.Output} {disk.shell.Error}");
            await disk.DisposeAsync();
        }

        throw new InvalidOperationException(
            "No file system can be mounted here, and without one a full disk cannot be tested. Run the tests as root, or allow user namespaces "
            + $"(on Ubuntu: sysctl kernel.apparmor_restrict_unprivileged_userns=0). {string.Join("; ", refusals)}");
    }

    /// <summary>Runs <c>miyabi</c> to its end where the disk is to be seen; its standard output and standard error are one.</summary>
    public async Task<(int Code, string Output)> RunAsync(params string[] arguments) => await EndedAsync(await BeginAsync(arguments));

    /// <summary>Begins to run <c>miyabi</c>.</summary>
    public Task<int> BeginAsync(params string[] arguments) => BeginAsync(string.Join(' ', CliSandbox.Command(arguments).Select(part => $"'{part}'")));

    /// <summary>Waits for the end of a command.</summary>
    public async Task<(int Code, string Output)> EndedAsync(int command)
    {
        var code = sandbox[$"commands/{command}.code"];
        await Until.TrueAsync(() => shell.HasEnded || File.Exists(code), "the command has ended");
        return File.Exists(code)
            ? (int.Parse(await File.ReadAllTextAsync(code), CultureInfo.InvariantCulture), await File.ReadAllTextAsync(sandbox[$"commands/{command}.out"]))
            : (-1, "The shell has ended.");
    }

    /// <summary>Fills the disk, but for some pages.</summary>
    public async Task FillAsync(int pagesLeft = 0)
    {
        await ShellAsync($"head -c {pagesLeft * Page} /dev/zero > {folder}/left; cat /dev/zero > {folder}/filler; rm {folder}/left");
        Assert.True((await ShellAsync($"test -s {folder}/filler")).Code == 0, "the disk was not filled");
    }

    /// <summary>Makes room again.</summary>
    public Task MakeRoomAsync() => ShellAsync($"rm {folder}/filler");

    public ValueTask DisposeAsync()
    {
        shell.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<(int Code, string Output)> ShellAsync(string line) => await EndedAsync(await BeginAsync(line));

    private async Task<int> BeginAsync(string line)
    {
        var number = ++commands;
        try
        {
            await shell.WriteLineAsync(
                $"{{ ({line}) > commands/{number}.out 2>&1 < /dev/null; echo $? > commands/{number}.new; mv commands/{number}.new commands/{number}.code; }} &");
        }
        catch (IOException)
        {
            // The shell did not come to life: the command's end tells.
        }

        return number;
    }
}
