namespace Miyabi.Storage.Keys;

/// <summary>The folder of what belongs to this user's installation: its key and the keys it trusts.</summary>
public static class MiyabiHome
{
    /// <summary>The environment variable that names it.</summary>
    public const string Variable = "MIYABI_HOME";

    /// <summary>The folder as a full path; it need not be there yet.</summary>
    /// <returns><c>MIYABI_HOME</c>, else <c>miyabi</c> in the user's configuration folder (on Linux <c>$XDG_CONFIG_HOME</c> or <c>~/.config</c>).</returns>
    /// <exception cref="KeyException">There is neither.</exception>
    public static string Find() =>
        Find(
            Environment.GetEnvironmentVariable(Variable),
            Environment.GetFolderPath(Environment.SpecialFolder.ApplicationData, Environment.SpecialFolderOption.DoNotVerify));

    internal static string Find(string? named, string configuration)
    {
        if (!string.IsNullOrWhiteSpace(named))
            return Path.GetFullPath(named);
        if (configuration.Length == 0)
            throw new KeyException($"This user has no home folder to keep keys in. Set {Variable} to a folder that only this user can read.");
        return Path.Combine(configuration, "miyabi");
    }
}
