using System.Net.Http;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Identity;
using Azure.Storage.Blobs;
using Miyabi.Core.Ledger;

namespace Miyabi.Storage.Azure;

/// <summary>Makes the client of a container: who signs in, over which connections, with what patience.</summary>
internal static class AzureContainer
{
    // Azurite, 12.17 and 12.30 of the client all speak the protocol of this date: what goes over the line is the same on either feed.
    private const BlobClientOptions.ServiceVersion Protocol = BlobClientOptions.ServiceVersion.V2023_01_03;

    /// <summary>The client; nothing is sent yet.</summary>
    /// <exception cref="StoreException">The connection string is none.</exception>
    internal static BlobContainerClient Connect(AzureAddress address, AzurePatience patience, HttpMessageHandler handler, TokenCredential? credential)
    {
        var options = new BlobClientOptions(Protocol)
        {
            Transport = new HttpClientTransport(new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan }), // AzureRetries bounds each try
            RetryPolicy = new AzureRetries(patience),
        };
        options.Diagnostics.ApplicationId = "Miyabi";
        options.Diagnostics.IsLoggingEnabled = false;
        if (address.Account is { } account)
            return new BlobServiceClient(account, credential ?? new DefaultAzureCredential(), options).GetBlobContainerClient(address.Container);
        try
        {
            return new BlobContainerClient(address.Connection, address.Container, options);
        }
        catch (Exception e) when (e is FormatException or ArgumentException or InvalidOperationException)
        {
            // Without the cause: it may quote what it could not read.
            throw new StoreException(
                StoreFault.NotAStore,
                $"The environment variable {StoreAddress.ConnectionVariable} holds no connection string of a storage account. "
                + "Copy it anew (Azure portal: the account, Security + networking, Access keys) and quote it whole: it has semicolons in it.");
        }
    }

    /// <summary>Connections enough for 200 operations at once, and old ones given up so that a name that has moved is looked up again.</summary>
    internal static SocketsHttpHandler Connections() => new()
    {
        MaxConnectionsPerServer = 256,
        ConnectTimeout = TimeSpan.FromSeconds(10),
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        AllowAutoRedirect = false,
        UseCookies = false,
    };
}
