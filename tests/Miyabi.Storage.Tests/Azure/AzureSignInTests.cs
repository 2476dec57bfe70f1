using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Azure.Core;
using Azure.Identity;
using Miyabi.Core.Ledger;
using Miyabi.Storage.Azure;
using Miyabi.Testing.Azurite;

namespace Miyabi.Storage.Tests.Azure;

/// <summary>Signing in with tokens of Microsoft Entra ID: against a real Azurite, which reads them but cannot check who signed them. Entra ID itself is not asked.</summary>
public sealed class AzureSignInTests
{
    private const string Secret = "the-clients-secret";

    [Fact]
    public async Task AnyMethod_TokenForStorage_IsTaken()
    {
        await using var azurite = await AzuriteProcess.StartAsync(tokens: true);
        var store = Open(azurite.Port, azurite.Certificate, scope => new AccessToken(Token(scope), DateTimeOffset.UtcNow.AddHours(1)));
        await store.CheckUsableAsync(default);
        Assert.True(await store.CreateAsync("a/b", new byte[] { 1 }, default));
        Assert.Equal([1], await store.ReadAsync("a/b", 10, default));
        Assert.Equal(["a"], await store.ListFoldersAsync("", default).ToListAsync());
    }

    [Fact]
    public async Task AnyMethod_TokenForSomethingElse_SaysWhatToCheck()
    {
        await using var azurite = await AzuriteProcess.StartAsync(tokens: true);
        var token = Token("https://example.invalid/.default");
        var store = Open(azurite.Port, azurite.Certificate, _ => new AccessToken(token, DateTimeOffset.UtcNow.AddHours(1)));
        var error = await Assert.ThrowsAsync<StoreException>(() => store.CheckUsableAsync(default));
        Assert.Equal(StoreFault.Unavailable, error.Fault);
        Assert.Contains("az account show", error.Message);
        Assert.DoesNotContain(token, error.ToString());
    }

    [Fact]
    public async Task AnyMethod_NobodySignedIn_SaysHowTo()
    {
        var store = Open(1, "", _ => throw new CredentialUnavailableException("DefaultAzureCredential failed.\n- EnvironmentCredential\n- and ten more"));
        var error = await Assert.ThrowsAsync<StoreException>(() => store.ReadAsync("a", 10, default));
        Assert.Equal(StoreFault.Unavailable, error.Fault);
        Assert.Contains("az login", error.Message);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public async Task AnyMethod_SignInRefused_TellsTheCodeAlone()
    {
        var store = Open(1, "", _ => throw new AuthenticationFailedException($"AADSTS7000215: Invalid client secret provided: {Secret}."));
        var error = await Assert.ThrowsAsync<StoreException>(() => store.ReadAsync("a", 10, default));
        Assert.Contains("AADSTS7000215", error.Message);
        Assert.DoesNotContain(Secret, error.ToString());
    }

    private static AzureBlobStore Open(int port, string certificate, Func<string, AccessToken> token)
    {
        var address = new AzureAddress("https://test", "abc", new Uri(string.Create(CultureInfo.InvariantCulture, $"https://127.0.0.1:{port}/devstoreaccount1")), null);
        var handler = new SocketsHttpHandler();
        handler.SslOptions.RemoteCertificateValidationCallback = (_, shown, _, _) => shown?.GetCertHashString(HashAlgorithmName.SHA256) == certificate;
        return new AzureBlobStore(address, new AzurePatience(), handler, new Credential(token));
    }

    // As Entra ID makes them, but for the signature.
    private static string Token(string scope)
    {
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        var audience = scope.Replace("/.default", "", StringComparison.Ordinal);
        var claims = string.Create(CultureInfo.InvariantCulture, $$"""{"aud":"{{audience}}","iss":"https://sts.windows.net/tenant/","iat":{{now}},"nbf":{{now - 60}},"exp":{{now + 3600}}}""");
        return $"{Encoded("""{"alg":"RS256","typ":"JWT"}""")}.{Encoded(claims)}.{Encoded("unsigned")}";
    }

    private static string Encoded(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text)).TrimEnd('=').Replace('+', '-').Replace('/', '_');

    private sealed class Credential(Func<string, AccessToken> token) : TokenCredential
    {
        public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken) => token(Assert.Single(requestContext.Scopes));

        public override ValueTask<AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken) => new(GetToken(requestContext, cancellationToken));
    }
}
