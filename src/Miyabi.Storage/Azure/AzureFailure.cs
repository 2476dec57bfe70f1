using System.Net.Http;
using System.Text.RegularExpressions;
using System.Xml;
using Azure;
using Azure.Identity;
using Azure.Storage.Blobs.Models;
using Miyabi.Core.Ledger;

namespace Miyabi.Storage.Azure;

/// <summary>Says what is wrong with a container, and what to do.</summary>
/// <remarks>
/// The texts of Azure's own exceptions are not repeated, and those exceptions not kept: they quote requests and answers, in which signatures
/// stand. Status, error code and request id say as much to who knows Azure.
/// </remarks>
internal sealed partial class AzureFailure(AzureAddress address, string place)
{
    /// <summary>Whether an exception comes from the service, from the way to it, or from signing in.</summary>
    internal static bool IsTrouble(Exception e) =>
        e is RequestFailedException or AggregateException or AuthenticationFailedException or OperationCanceledException or IOException or HttpRequestException
        || IsStrange(e);

    // What the client comes to when something else than the service answers, such as a network that wants a sign-in: it takes the answer apart unchecked.
    private static bool IsStrange(Exception e) => e is XmlException or FormatException or InvalidOperationException or NullReferenceException;

    /// <summary>An exception as one of the store.</summary>
    internal StoreException From(Exception e, string doing, string name)
    {
        var last = Last(e);
        var what = name.Length == 0 ? place : $"{place}/{name}";
        return new StoreException(StoreFault.Unavailable, $"Cannot {doing} {what}: {Reason(last)}", Keepable(last));
    }

    /// <summary>A container that is not there, and cannot be made.</summary>
    internal StoreException NoContainer(RequestFailedException e) => new(
        StoreFault.Unavailable,
        $"There is no container {place}, and it cannot be made ({Code(e)}). Check the name, or make it: "
        + $"az storage container create --name {address.Container} ... "
        + "(to have it made, this identity needs the role Storage Blob Data Contributor on the whole account).");

    /// <summary>A blob that is larger than the caller allows.</summary>
    internal StoreException TooLarge(string name, long bytes, long maxBytes) =>
        new(StoreFault.TooLarge, $"{name} has {bytes} bytes; {maxBytes} are allowed ({place}/{name}).");

    // What the last try came to: the earlier ones failed in the same way, or in one that passed.
    private static Exception Last(Exception e) => e is AggregateException { InnerExceptions: [.., var last] } ? Last(last) : e;

    // Exceptions of the way hold names of hosts and nothing of the request.
    private static Exception? Keepable(Exception e) => e switch
    {
        RequestFailedException { Status: 0, InnerException: { } inner } => inner is HttpRequestException or IOException ? inner : null,
        HttpRequestException or IOException or OperationCanceledException => e,
        _ => null,
    };

    private string Reason(Exception e) => e switch
    {
        RequestFailedException { Status: 0 } or HttpRequestException or IOException => $"there is no connection ({Innermost(e)}). {Reachable}",
        RequestFailedException answer => Reason(answer),
        OperationCanceledException => $"no answer came in time. {Reachable}",
        AuthenticationFailedException => SignIn(e),
        _ => $"what answers is no Azure Blob Storage ({e.GetType().Name}). Check the address, and that no proxy answers in its place.",
    };

    private string Reason(RequestFailedException e) => e switch
    {
        { Status: 401 or 403 } when address.Account is null =>
            $"the service refuses ({Code(e)}). Check that the key or signature in {StoreAddress.ConnectionVariable} is the account's and gives the right, "
            + "that this machine's clock is right to 15 minutes, and that the account's network rules let it in.",
        { Status: 401 } or { ErrorCode: "AuthenticationFailed" or "InvalidAuthenticationInfo" } =>
            $"the service does not accept who signs in ({Code(e)}). "
            + "Check that the account belongs to the tenant that you signed in to (az account show), and that this machine's clock is right.",
        { Status: 403 } =>
            $"the service refuses ({Code(e)}). Give this identity the role Storage Blob Data Contributor on the container "
            + "(it takes up to 10 minutes to reach), or let this machine in by the account's network rules.",
        { ErrorCode: "ContainerNotFound" or "ContainerBeingDeleted" or "ContainerDisabled" } =>
            $"the container is not there, or is being deleted ({Code(e)}). Wait a minute, or name another with --store.",
        { ErrorCode: "BlobImmutableDueToPolicy" } =>
            $"the container keeps blobs unchanged ({Code(e)}), and leases must change. Name a container without an immutability policy with --store.",
        { Status: 408 or 429 or >= 500 } => $"the service is overloaded or out of order ({Code(e)}). Do the same again later.",
        { Status: 400 } when address.IsAzurite => $"Azurite refuses the request ({Code(e)}). Use Azurite 3.37 or newer, or start it with --skipApiVersionCheck.",
        _ => $"the service refuses ({Code(e)}). Check the account and the container.",
    };

    private string Reachable => address.IsAzurite
        ? "Start the emulator (npx --package azurite azurite-blob), or name the port that it listens at: --store azurite:PORT"
        : "Check the network, the account's name and its network rules, then do the same again.";

    // Of a failed sign-in only the code of Microsoft Entra ID is told: the rest lists every credential there could be, over many lines.
    private static string SignIn(Exception e) =>
        (EntraCode().Match(e.Message) is { Success: true, Value: var code } ? $"signing in to Azure failed ({code}). " : "nobody is signed in to Azure on this machine. ")
        + "Run 'az login', or set AZURE_TENANT_ID, AZURE_CLIENT_ID and a secret or certificate, or give this machine a managed identity.";

    private static string Code(RequestFailedException e)
    {
        var known = e.GetRawResponse()?.Headers.TryGetValue("x-ms-request-id", out var value) == true && RequestId().IsMatch(value!) ? value : null;
        var id = known is null ? "" : $", request {known}";
        var code = e.ErrorCode is { Length: > 0 } name && ErrorWord().IsMatch(name) ? $" {name}" : "";
        return $"HTTP {e.Status}{code}{id}";
    }

    private static string Innermost(Exception e)
    {
        while (e.InnerException is { } inner)
            e = inner;
        return e.Message.TrimEnd('.');
    }

    // What comes over the network is shown only in the form that it should have.
    [GeneratedRegex("^[A-Za-z0-9]{1,80}$", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ErrorWord();

    [GeneratedRegex("^[A-Za-z0-9-]{1,80}$", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex RequestId();

    [GeneratedRegex("AADSTS[0-9]{1,10}", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex EntraCode();
}
