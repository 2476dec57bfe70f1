using System.Globalization;
using System.Text.RegularExpressions;
using Miyabi.Core.Ledger;

namespace Miyabi.Storage.Azure;

/// <summary>A container in Azure Blob Storage or its emulator, and how to get at it.</summary>
/// <remarks>Knows nothing of Azure's client, so that reading an address loads none of it.</remarks>
/// <param name="Text">The address, without any secret.</param>
/// <param name="Container">The container's name.</param>
/// <param name="Account">The account's address, for who signs in with Azure.Identity; else <see langword="null"/>.</param>
/// <param name="Connection">The connection string, a secret; else <see langword="null"/>.</param>
internal sealed partial record AzureAddress(string Text, string Container, Uri? Account, string? Connection)
{
    private const string DefaultContainer = "miyabi";
    private const string AzuriteScheme = "azurite";
    private const string ContainerScheme = "container:";
    private const int AzuritePort = 10000;

    // Published by Microsoft for its emulator, and the same everywhere: no secret.
    private const string AzuriteKey = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

    /// <summary>Whether the container is in the emulator on this machine.</summary>
    internal bool IsAzurite => Text.StartsWith(AzuriteScheme, StringComparison.Ordinal);

    /// <summary>Hides the connection string, which a record would show.</summary>
    public override string ToString() => Text;

    /// <summary>Reads an address of Azure.</summary>
    /// <returns><see langword="null"/>: it has no form of an address of Azure.</returns>
    /// <exception cref="StoreException">It has, and is wrong.</exception>
    internal static AzureAddress? TryParse(string text, Func<string, string?> variable)
    {
        if (LooksLikeConnectionString(text))
        {
            throw Wrong(
                "--store is given a connection string, which every process of this machine could read from the command line. "
                + $"Put it into the environment variable {StoreAddress.ConnectionVariable} and give --store container:NAME instead; "
                + "for the emulator, --store azurite.");
        }

        if (text.Split(':', '/')[0] == AzuriteScheme)
            return Azurite(text);
        if (text.StartsWith(ContainerScheme, StringComparison.Ordinal))
            return InConnection(text, variable);
        return text.Contains("://", StringComparison.Ordinal) ? InAccount(text) : null;
    }

    private static AzureAddress Azurite(string text)
    {
        var parts = AzuriteForm().Match(text);
        var port = AzuritePort;
        if (!parts.Success || (parts.Groups["port"] is { Success: true, Value: var given } && !IsPort(given, out port)))
        {
            throw Wrong(
                $"--store {text}: the emulator is named azurite, azurite/CONTAINER, azurite:PORT or azurite:PORT/CONTAINER. "
                + $"For a folder of that name, write ./{text}");
        }

        var container = parts.Groups["container"] is { Success: true, Value: var name } ? Checked(text, name) : DefaultContainer;
        var endpoint = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}/devstoreaccount1");
        return new AzureAddress(text, container, null, $"AccountName=devstoreaccount1;AccountKey={AzuriteKey};BlobEndpoint={endpoint};");
    }

    private static AzureAddress InConnection(string text, Func<string, string?> variable)
    {
        var container = Checked(text, text[ContainerScheme.Length..]);
        var connection = variable(StoreAddress.ConnectionVariable);
        return string.IsNullOrWhiteSpace(connection)
            ? throw Wrong(
                $"--store {text}: set the environment variable {StoreAddress.ConnectionVariable} to the storage account's connection string "
                + "(Azure portal: the account, Security + networking, Access keys). For a folder of that name, write ./" + text)
            : new AzureAddress(text, container, null, connection.Trim());
    }

    private static AzureAddress InAccount(string text)
    {
        const string Form = "https://ACCOUNT.blob.core.windows.net/CONTAINER";
        // Up to the first of these is all that may be repeated: behind them stand signatures and passwords.
        var shown = text.Split('?', '#', '@')[0];
        if (text.Contains('?') || text.Contains('#') || text.Contains('@'))
        {
            throw Wrong(
                $"--store {(text.Contains('@') ? "" : shown)}...: give {Form} alone. A shared access signature does not belong on a command line, "
                + "where every process of this machine reads it: sign in instead (az login), or put a connection string with it into "
                + $"{StoreAddress.ConnectionVariable} and give --store container:NAME.");
        }

        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || uri.Scheme != Uri.UriSchemeHttps || !uri.IsDefaultPort || !BlobHost().IsMatch(uri.Host))
        {
            throw Wrong(
                $"--store {shown}: give the path of a folder, {Form}, azurite, or container:NAME with {StoreAddress.ConnectionVariable} set "
                + "(which also serves accounts at other addresses).");
        }

        var container = uri.AbsolutePath.Trim('/');
        if (container.Length == 0)
            throw Wrong($"--store {shown}: the container is missing. Give {Form}, e.g. https://{uri.Host}/{DefaultContainer}");
        return new AzureAddress($"https://{uri.Host}/{Checked(shown, container)}", container, new Uri($"https://{uri.Host}"), null);
    }

    private static string Checked(string text, string container) =>
        ContainerName.IsValid(container)
            ? container
            : throw Wrong($"--store {text}: '{container}' is no name of a container; it must be {ContainerName.Rule}.");

    private static bool LooksLikeConnectionString(string text) => ConnectionWords().IsMatch(text);

    private static bool IsPort(string text, out int port) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port) && port is >= 1 and <= 65535;

    private static StoreException Wrong(string message) => new(StoreFault.NotAStore, message);

    [GeneratedRegex(
        "^azurite(:(?<port>[^/]*))?(/(?<container>.*))?$",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000)]
    private static partial Regex AzuriteForm();

    // Only Microsoft's own hosts: the token that goes there opens every account that the person has a right to.
    // The second form is that of accounts in DNS zones.
    [GeneratedRegex(
        @"^[a-z0-9]{3,24}(\.blob\.core\.(windows\.net|usgovcloudapi\.net|chinacloudapi\.cn)|\.z[0-9]{1,2}\.blob\.storage\.azure\.net)$",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000)]
    private static partial Regex BlobHost();

    [GeneratedRegex(
        "(AccountKey|SharedAccessSignature|EndpointsProtocol|UseDevelopmentStorage|BlobEndpoint)[ ]*=",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000)]
    private static partial Regex ConnectionWords();
}
