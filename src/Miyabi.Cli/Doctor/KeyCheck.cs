using Miyabi.Storage.Keys;

namespace Miyabi.Cli.Doctor;

/// <summary>The key that this installation signs with.</summary>
internal sealed class KeyCheck(string home) : ICheck
{
    private const string Name = "key";

    public async Task<IReadOnlyList<CheckResult>> RunAsync(CancellationToken cancellationToken)
    {
        var file = OwnKey.FileIn(home);
        if (!File.Exists(file))
        {
            // Without its trust file it is a new installation; with it, a key was lost, and the next run makes another.
            return [InstallationKeys.IsNew(home)
                ? CheckResult.Ok(Name, $"{file} will be made at first use")
                : CheckResult.Warning(Name, $"{file} is not there; the next run makes a new one", "If there was one, restore it from a copy.")];
        }

        if (Permissions.OfOthers(file) != default)
            return [CheckResult.Missing(Name, $"{file} can be read or changed by others, so whatever it signs proves nothing", $"chmod 600 {Permissions.Quoted(file)}")];
        var (id, problem) = await OwnKey.ReadAsync(home, cancellationToken);
        return [problem is not null
            ? CheckResult.Missing(Name, problem, $"Restore {file} from a copy, or move it away: the next run makes a new one.")
            : CheckResult.Ok(Name, $"{(id is null ? file : $"{id} in {file}")}, for its owner only")];
    }
}
