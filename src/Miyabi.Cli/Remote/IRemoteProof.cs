using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using Azure.Core;
using Azure.Identity;
using Miyabi.Core.Ledger;

namespace Miyabi.Cli.Remote;

/// <summary>How a request shows a function app who asks.</summary>
internal interface IRemoteProof
{
    /// <summary>Adds what shows it. It is a secret: it goes into this request and nowhere else.</summary>
    /// <exception cref="StoreException">There is nothing to show it with, for now.</exception>
    ValueTask AddToAsync(HttpRequestMessage request, CancellationToken cancellationToken);
}

/// <summary>A key of the function app, or of one of its functions.</summary>
internal sealed class FunctionKey : IRemoteProof
{
    /// <summary>The environment variable that holds it.</summary>
    internal const string Variable = "MIYABI_KEY";

    private const string Header = "x-functions-key";
    private const int MaxLength = 4096;

    private readonly string key;

    /// <summary>Takes a key.</summary>
    /// <param name="name">Who gives it, for messages.</param>
    /// <param name="key">The key; never repeated.</param>
    /// <exception cref="UsageException">It cannot be one.</exception>
    internal FunctionKey(string name, string key)
    {
        if (key.Length is 0 or > MaxLength || !key.All(c => c is > ' ' and <= '~'))
            throw new UsageException($"{name}: this is no key of a function app. Copy it from 'App keys' in the portal, without blanks or quotes around it.");
        this.key = key;
    }

    public ValueTask AddToAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        request.Headers.TryAddWithoutValidation(Header, key);
        return ValueTask.CompletedTask;
    }
}

/// <summary>A token of Microsoft Entra ID for the app, where its sign-in (Easy Auth) is on. Signs in as Azure.Identity's DefaultAzureCredential does.</summary>
/// <param name="resource">The app's id in Entra ID: <c>api://CLIENT-ID</c>, as it was registered.</param>
/// <param name="credential">Who signs in.</param>
/// <param name="clock">The time.</param>
internal sealed class EntraToken(string resource, TokenCredential credential, TimeProvider clock) : IRemoteProof
{
    /// <summary>The environment variable that names the resource.</summary>
    internal const string Variable = "MIYABI_ENTRA";

    // Kept until shortly before its end: not every way of signing in keeps its tokens itself, and some start a program.
    private static readonly TimeSpan Ahead = TimeSpan.FromMinutes(5);

    private volatile Held? held;

    /// <summary>Signs in as this machine or person can. Apart, so that the assemblies of Azure are loaded only when they are needed.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal static EntraToken Of(string resource) => new(resource, new DefaultAzureCredential(), TimeProvider.System);

    public async ValueTask AddToAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            // Two at once may both ask: the first request of a command is alone, and later ones find what it got.
            if (held is not { } token || token.Value.ExpiresOn - Ahead <= clock.GetUtcNow())
                held = token = new Held(await credential.GetTokenAsync(new TokenRequestContext([$"{resource.TrimEnd('/')}/.default"]), cancellationToken));
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token.Value.Token);
        }
        catch (AuthenticationFailedException e)
        {
            throw new StoreException(StoreFault.Unavailable, $"Cannot sign in for {resource}: {e.Message.Split('\n')[0]} Sign in first (az login), or give a key in {FunctionKey.Variable}.", e);
        }
    }

    private sealed record Held(AccessToken Value);
}
