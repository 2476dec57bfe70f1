using System.Diagnostics;
using System.Text;

namespace Miyabi.Samples.RepoReport.Tests;

/// <summary>A real git repository in a folder of its own, removed at the end.</summary>
internal sealed class TemporaryRepository : IDisposable
{
    private readonly string _home = Directory.CreateTempSubdirectory("repo-report-tests-").FullName;

    public TemporaryRepository(bool bare = false)
    {
        Path = System.IO.Path.Combine(_home, "sample");
        Directory.CreateDirectory(Path);
        Git(bare ? ["init", "--quiet", "--bare", "--initial-branch=main"] : ["init", "--quiet", "--initial-branch=main"]);
    }

    public string Path { get; }

    /// <summary>A folder beside the repository.</summary>
    public string Beside(string name)
    {
        var folder = System.IO.Path.Combine(_home, name);
        Directory.CreateDirectory(folder);
        return folder;
    }

    public TemporaryRepository Write(string path, string text) => Write(path, Encoding.UTF8.GetBytes(text));

    public TemporaryRepository Write(string path, byte[] content)
    {
        var file = System.IO.Path.Combine(Path, path);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(file)!);
        File.WriteAllBytes(file, content);
        return this;
    }

    public TemporaryRepository Commit(string author = "First Author", string date = "2024-01-15T12:00:00Z")
    {
        Git(["add", "--all"]);
        Git(["commit", "--quiet", "--allow-empty", "--message=change"], author: author, date: date);
        return this;
    }

    public string Git(string[] arguments, byte[]? input = null, string author = "First Author", string date = "2024-01-15T12:00:00Z")
    {
        var start = new ProcessStartInfo("git")
        {
            WorkingDirectory = Path, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
            UseShellExecute = false,
        };
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("GIT_", StringComparison.Ordinal)).ToList())
            start.Environment.Remove(name);
        start.Environment["GIT_CONFIG_GLOBAL"] = "/dev/null";
        start.Environment["GIT_CONFIG_NOSYSTEM"] = "1";
        foreach (var who in new[] { "AUTHOR", "COMMITTER" })
        {
            start.Environment[$"GIT_{who}_NAME"] = author;
            start.Environment[$"GIT_{who}_EMAIL"] = "person@example.invalid";
            start.Environment[$"GIT_{who}_DATE"] = date;
        }

        using var git = Process.Start(start)!;
        var error = git.StandardError.ReadToEndAsync();
        var output = git.StandardOutput.ReadToEndAsync();
        git.StandardInput.BaseStream.Write(input ?? []);
        git.StandardInput.Close();
        git.WaitForExit();
        return git.ExitCode == 0 ? output.Result.Trim() : throw new InvalidOperationException($"git {arguments[0]}: {error.Result}");
    }

    public void Dispose()
    {
        // git makes its objects read-only, which keeps some systems from deleting them.
        foreach (var file in Directory.EnumerateFiles(_home, "*", SearchOption.AllDirectories))
        {
            if (!new FileInfo(file).Attributes.HasFlag(FileAttributes.ReparsePoint))
                File.SetAttributes(file, FileAttributes.Normal);
        }

        Directory.Delete(_home, recursive: true);
    }
}
