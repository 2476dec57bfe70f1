namespace Miyabi.Cli.Doctor;

/// <summary>The folder of this installation's keys, and who may look into it.</summary>
internal sealed class HomeCheck(string home) : ICheck
{
    private const string Name = "home";

    public Task<IReadOnlyList<CheckResult>> RunAsync(CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<CheckResult>>([Look()]);

    private CheckResult Look()
    {
        if (File.Exists(home))
            return CheckResult.Missing(Name, $"{home} is a file; keys are kept in a folder", "Move it away, or name another folder with MIYABI_HOME.");
        if (!Directory.Exists(home))
        {
            return Existing.WhyNotWritable(home) is { } why
                ? CheckResult.Missing(Name, $"{home} is not there and cannot be made: {why}", "Give this user the right to write there, or name another folder with MIYABI_HOME.")
                : CheckResult.Ok(Name, $"{home} will be made at first use");
        }

        var others = Permissions.OfOthers(home);
        if (others.HasFlag(FileAccess.Write))
            return CheckResult.Missing(Name, $"{home} can be written by others, who could exchange the keys that are trusted", $"chmod 700 {Permissions.Quoted(home)}");
        if (others != default)
            return CheckResult.Warning(Name, $"{home} can be looked into by others", $"chmod 700 {Permissions.Quoted(home)}");
        return Existing.WhyNotWritable(home) is { } reason
            ? CheckResult.Warning(Name, $"{home} cannot be written: {reason}", "Keys cannot be changed; if that is not meant, give this user the right to write there.")
            : CheckResult.Ok(Name, $"{home}, for its owner only");
    }
}
