using System.Collections.Immutable;
using Miyabi.Core.Ledger;
using Miyabi.Storage.Keys;

namespace Miyabi.Cli.Doctor;

/// <summary>The trust file: whose documents are believed here, this installation's own among them, and until when.</summary>
internal sealed class TrustCheck(string home, TimeProvider clock) : ICheck
{
    private const string Name = "trust";
    private static readonly TimeSpan Soon = TimeSpan.FromDays(30);

    public async Task<IReadOnlyList<CheckResult>> RunAsync(CancellationToken cancellationToken)
    {
        var file = Path.Combine(home, TrustFile.FileName);
        if (InstallationKeys.IsNew(home))
            return [CheckResult.Ok(Name, $"{file} will be made at first use, with this installation's own key")];
        ImmutableArray<TrustedKey> keys;
        try
        {
            keys = await TrustFile.ReadAsync(home, cancellationToken);
        }
        catch (KeyException e)
        {
            return [CheckResult.Missing(Name, e.Message, File.Exists(file) ? $"Mend {file}, or restore it from a copy." : "miyabi keys trust --own")];
        }

        if (Permissions.OfOthers(file).HasFlag(FileAccess.Write))
            return [CheckResult.Missing(Name, $"{file} can be changed by others, who then decide what is believed", $"chmod 600 {Permissions.Quoted(file)}")];
        var own = (await OwnKey.ReadAsync(home, cancellationToken)).Id;
        return [Own(file, keys, own), .. keys.Where(key => key.KeyId != own).Select(Other).OfType<CheckResult>()];
    }

    private CheckResult Own(string file, ImmutableArray<TrustedKey> keys, string? own)
    {
        var found = $"{file}: {keys.Length} {(keys.Length == 1 ? "key" : "keys")}";
        if (own is null)
            return CheckResult.Ok(Name, found);
        if (keys.FirstOrDefault(key => key.KeyId == own) is not { } key)
            return CheckResult.Missing(Name, $"{found}, but not this installation's own ({own}): it would not believe its own documents", "miyabi keys trust --own");
        var missing = Enum.GetValues<KeyRole>().Except(key.Roles).ToList();
        if (missing.Count > 0)
            return CheckResult.Missing(Name, $"{found}; its own is not trusted in the role {string.Join(", ", missing).ToLowerInvariant()}", "miyabi keys trust --own");
        var now = clock.GetUtcNow();
        if (key.NotAfter < now || key.NotBefore > now)
            return CheckResult.Missing(Name, $"{found}; its own is trusted {Time(key)}, and not now", "miyabi keys trust --own");
        return key.NotAfter - now < Soon
            ? CheckResult.Warning(Name, $"{found}; its own is trusted {Time(key)} only", "miyabi keys trust --own")
            : CheckResult.Ok(Name, $"{found}, its own among them");
    }

    private CheckResult? Other(TrustedKey key)
    {
        var now = clock.GetUtcNow();
        var name = key.Name.Length == 0 ? key.KeyId : $"{key.KeyId} ({key.Name})";
        return key.NotAfter < now ? CheckResult.Warning(Name, $"{name} was trusted {Time(key)}: what it signed since is not believed", Cure(key))
            : key.NotBefore > now ? CheckResult.Warning(Name, $"{name} will be trusted {Time(key)}: nothing of it is believed yet", Cure(key))
            : key.NotAfter - now < Soon ? CheckResult.Warning(Name, $"{name} is trusted {Time(key)} only", Cure(key))
            : null;
    }

    private static string Cure(TrustedKey key) => $"Trust a newer key of it, or no longer this one: miyabi keys remove {key.KeyId}";

    private static string Time(TrustedKey key) => (key.NotBefore, key.NotAfter) switch
    {
        ({ } from, { } to) => $"from {from.UtcDateTime:yyyy-MM-dd HH:mm} to {to.UtcDateTime:yyyy-MM-dd HH:mm} UTC",
        ({ } from, _) => $"from {from.UtcDateTime:yyyy-MM-dd HH:mm} UTC on",
        (_, { } to) => $"until {to.UtcDateTime:yyyy-MM-dd HH:mm} UTC",
        _ => "always",
    };
}
