using System.ComponentModel;
using System.Diagnostics;
using System.Text;

namespace Miyabi.Samples.RepoReport.Git;

/// <summary>A git command at work, its output read as a stream.</summary>
/// <remarks>
/// A repository may come from anyone, and its configuration can name programs to run. So: what could run one is switched off here,
/// every transport is forbidden (a partial clone would fetch what is missing), the environment's GIT_* variables and the
/// user's and the system's configuration are left out (they would also change the numbers), and the repository is named
/// outright, which keeps git from looking for another one.
/// </remarks>
internal sealed class GitProcess : IDisposable
{
    private static readonly string[] SafeOptions =
    [
        "--no-pager", "--no-replace-objects", "--literal-pathspecs",
        "-c", "core.fsmonitor=false",
        "-c", "core.hooksPath=/dev/null",
        "-c", "log.showSignature=false",
        "-c", "log.showRoot=true",
        "-c", "log.follow=false",
        "-c", "core.commitGraph=true",
        "-c", "diff.orderFile=/dev/null",
        "-c", "i18n.logOutputEncoding=UTF-8",
    ];

    private readonly Process _process;
    private readonly Task<string> _error;

    private GitProcess(Process process)
    {
        _process = process;
        _error = Task.Run(() => ReadTail(process.StandardError));
    }

    /// <summary>What git reads.</summary>
    public Stream Input => _process.StandardInput.BaseStream;

    /// <summary>What git writes.</summary>
    public Stream Output => _process.StandardOutput.BaseStream;

    /// <summary>Starts git on a repository.</summary>
    /// <exception cref="StepException">git is not there.</exception>
    public static GitProcess Start(GitRepository repository, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo("git")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardErrorEncoding = Encoding.UTF8,
            UseShellExecute = false,
        };
        foreach (var argument in SafeOptions.Append("--git-dir=" + repository.GitDirectory).Concat(arguments))
            start.ArgumentList.Add(argument);

        var inherited = start.Environment.Keys.Where(name => name.StartsWith("GIT_", StringComparison.OrdinalIgnoreCase)).ToList();
        foreach (var name in inherited)
            start.Environment.Remove(name);
        start.Environment["GIT_CONFIG_NOSYSTEM"] = "1";
        start.Environment["GIT_CONFIG_GLOBAL"] = "/dev/null";
        start.Environment["GIT_OPTIONAL_LOCKS"] = "0";
        start.Environment["GIT_TERMINAL_PROMPT"] = "0";
        start.Environment["GIT_NO_LAZY_FETCH"] = "1";
        start.Environment["GIT_ALLOW_PROTOCOL"] = "none";
        start.Environment["LC_ALL"] = "C";

        try
        {
            return new GitProcess(Process.Start(start)!);
        }
        catch (Win32Exception problem)
        {
            throw new StepException("the program 'git' cannot be started: install git and have it on PATH.", problem);
        }
    }

    /// <summary>Runs git to its end; for output of a few lines.</summary>
    public static (int ExitCode, string Text, string Error) ReadText(GitRepository repository, IEnumerable<string> arguments)
    {
        using var git = Start(repository, arguments);
        git.Input.Close();
        using var output = new MemoryStream();
        git.Output.CopyTo(output);
        git._process.WaitForExit();
        return (git._process.ExitCode, GitText.Decode(output.ToArray()), git._error.Result);
    }

    /// <summary>Waits for the end after the output was read.</summary>
    /// <exception cref="StepException">git failed.</exception>
    public void Complete()
    {
        _process.WaitForExit();
        if (_process.ExitCode != 0)
            throw new StepException($"git failed with exit code {_process.ExitCode}: {_error.Result}");
    }

    /// <summary>Ends git if it is still at work.</summary>
    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            _process.WaitForExit();
        }

        _process.Dispose();
    }

    private static string ReadTail(StreamReader error)
    {
        const int Longest = 2000;
        var tail = new StringBuilder();
        var buffer = new char[4096];
        for (int read; (read = error.Read(buffer)) > 0;)
        {
            tail.Append(buffer, 0, read);
            if (tail.Length > 2 * Longest)
                tail.Remove(0, tail.Length - Longest);
        }

        return tail.ToString().Trim();
    }
}
