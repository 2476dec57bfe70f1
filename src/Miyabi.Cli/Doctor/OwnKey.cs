using Miyabi.Storage.Keys;

namespace Miyabi.Cli.Doctor;

/// <summary>Looks at this installation's own key without making one.</summary>
internal static class OwnKey
{
    /// <summary>Its file.</summary>
    internal static string FileIn(string home) => Path.Combine(home, "signing-key.pem");

    /// <summary>Its id, and what is wrong with it. Neither: there is none, or only the trust file keeps it from being used.</summary>
    internal static async Task<(string? Id, string? Problem)> ReadAsync(string home, CancellationToken cancellationToken)
    {
        // Opened only where it is there: opening makes one at first use.
        if (!File.Exists(FileIn(home)))
            return default;
        try
        {
            using var keys = await InstallationKeys.OpenOrCreateAsync(home, cancellationToken);
            return (keys.Signer.KeyId, null);
        }
        catch (KeyException e)
        {
            return (null, e.Message == await TrustProblemAsync(home, cancellationToken) ? null : e.Message);
        }
    }

    private static async Task<string?> TrustProblemAsync(string home, CancellationToken cancellationToken)
    {
        try
        {
            await TrustFile.ReadAsync(home, cancellationToken);
            return null;
        }
        catch (KeyException e)
        {
            return e.Message;
        }
    }
}
