namespace Miyabi.Cli.Doctor;

/// <summary>The folder of command agents' workspaces: where it is safe, or can be made.</summary>
internal sealed class WorkspaceCheck(string root) : ICheck
{
    private const string Name = "workspaces";

    public Task<IReadOnlyList<CheckResult>> RunAsync(CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<CheckResult>>([Look()]);

    private CheckResult Look()
    {
        if (new FileInfo(root) is { Exists: true } or { LinkTarget: not null })
            return CheckResult.Missing(Name, $"{root} is no folder but a file or a link: command agents refuse it", "Remove it.");
        if (!Directory.Exists(root))
        {
            return Existing.WhyNotWritable(root) is { } why
                ? CheckResult.Missing(Name, $"{root} cannot be made: {why}", "Name a folder for temporary files that this user may write, with TMPDIR.")
                : CheckResult.Ok(Name, $"{root} will be made when a command agent first works");
        }

        if (Permissions.OfOthers(root).HasFlag(FileAccess.Write))
            return CheckResult.Missing(Name, $"{root} can be written by others: command agents refuse it", $"chmod go-w {Permissions.Quoted(root)}");
        return Existing.WhyNotWritable(root) is { } reason
            ? CheckResult.Missing(Name, $"{root} cannot be written: {reason}", "Have it removed, or name another folder for temporary files with TMPDIR.")
            : CheckResult.Ok(Name, $"{root}, for its owner to write only");
    }
}
