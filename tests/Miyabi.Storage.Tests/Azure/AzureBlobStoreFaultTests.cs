using System.Net;
using System.Net.Sockets;
using Miyabi.Core.Ledger;
using Miyabi.Storage.Azure;
using Miyabi.Testing.Azurite;

namespace Miyabi.Storage.Tests.Azure;

/// <summary>What the store says and does when the service, or the way to it, is out of order.</summary>
[Collection(AzuriteCollection.Name)]
public sealed class AzureBlobStoreFaultTests(AzuriteFixture fixture) : IDisposable
{
    private const string Key = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";
    private const string Signature = "c2lnbmF0dXJlc2lnbmF0dXJlc2lnbmF0dXJlc2lnbg%3D%3D";
    // For what never answers: whoever does may be slow.
    private static readonly AzurePatience Short = new() { First = TimeSpan.FromSeconds(1.5), Known = TimeSpan.FromSeconds(1.5), Try = TimeSpan.FromSeconds(1) };
    private static readonly byte[] Content = [1, 2, 3];

    private readonly string container = AzuriteProcess.NewContainer();
    private readonly FaultyTransport transport = new();
    private int lost;

    public void Dispose() => transport.Dispose();

    [Fact]
    public async Task CheckUsable_NoContainer_MakesIt()
    {
        var store = Open();
        await store.CheckUsableAsync(default);
        Assert.Contains(await fixture.Azurite.RequestsAsync(), request => request is { Method: "PUT", Blob: "", Status: 201 } && request.Container == container);
        await store.CheckUsableAsync(default);
    }

    [Fact]
    public async Task Create_AnswerLost_IsTrueAndMadeOnce()
    {
        var store = Open();
        transport.After = (request, _, answer) => Once(IsPut(request) && answer.IsSuccessStatusCode, () => throw new HttpRequestException("The answer is lost."));
        await store.CheckUsableAsync(default);
        Assert.True(await store.CreateAsync("a", Content, default));
        Assert.Equal(1, lost);
        transport.After = null;
        Assert.Equal(Content, await store.ReadAsync("a", 100, default));
        Assert.False(await store.CreateAsync("a", Content, default));
    }

    [Fact]
    public async Task CreateVersion_AnswerLost_IsTheOneThatTheListingHas()
    {
        var store = Open();
        await store.CheckUsableAsync(default);
        transport.After = (request, _, answer) => Once(IsPut(request) && answer.IsSuccessStatusCode, () => throw new HttpRequestException("The answer is lost."));

        var version = await store.CreateVersionAsync("a/b", Content, default);

        Assert.Equal(1, lost);
        await foreach (var blob in store.ListVersionsAsync("a/", default))
            Assert.Equal(new BlobVersion("a/b", version!), blob);
    }

    [Fact]
    public async Task Create_AnswerThatNameIsTakenLost_IsFalseEvenForTheSameBytes()
    {
        Assert.True(await Open().CreateAsync("a", Content, default));
        transport.After = (request, _, _) => Once(IsPut(request), () => throw new HttpRequestException("The answer is lost."));
        Assert.False(await Open().CreateAsync("a", Content, default));
        Assert.Equal(1, lost);
    }

    [Fact]
    public async Task Create_AnswerLostAndRemovedMeanwhile_MakesItAgain()
    {
        var other = StoreAddress.Parse(fixture.Azurite.Address(container), _ => null).Open();
        await other.CreateAsync("a", Content, default);
        // The first answer is lost; before the blob's maker is asked for, the blob is removed.
        transport.After = (request, _, _) => Once(IsPut(request), () => throw new HttpRequestException("The answer is lost."));
        transport.Before = (request, _) =>
        {
            if (request.Method == HttpMethod.Head)
                other.DeleteAsync("a", default).GetAwaiter().GetResult();
            return null;
        };
        Assert.True(await Open().CreateAsync("a", new byte[] { 9 }, default));
        Assert.Equal([9], await other.ReadAsync("a", 100, default));
    }

    [Fact]
    public async Task Create_NotMadeAgain_AsksForNothingMore()
    {
        var store = Open();
        await store.CreateAsync("a", Content, default);
        var before = transport.Requests;
        Assert.False(await store.CreateAsync("a", Content, default));
        Assert.Equal(1, transport.Requests - before);
    }

    [Theory]
    [InlineData(HttpStatusCode.ServiceUnavailable)]
    [InlineData(HttpStatusCode.InternalServerError)]
    [InlineData(HttpStatusCode.TooManyRequests)]
    public async Task AnyMethod_ServiceOverloadedForAWhile_TriesAgain(HttpStatusCode status)
    {
        transport.Before = (_, number) => number % 2 == 1 ? new HttpResponseMessage(status) : null;
        var store = Open();
        Assert.True(await store.CreateAsync("a", Content, default));
        Assert.Equal(Content, await store.ReadAsync("a", 100, default));
    }

    [Fact]
    public async Task AnyMethod_ServiceOverloaded_GivesUpAndSaysSo()
    {
        transport.Before = (_, _) => new HttpResponseMessage(HttpStatusCode.ServiceUnavailable);
        await FailsAsync(Open(Short), "503", "later");
    }

    [Fact]
    public async Task AnyMethod_NothingListens_SaysHowToStartIt()
    {
        // Held, so that nobody else comes to listen there.
        using var held = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        held.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var port = ((IPEndPoint)held.LocalEndPoint!).Port;
        await FailsAsync(Open(Short, Parse($"azurite:{port}/abc")), "no connection", "Start the emulator", $"127.0.0.1:{port}");
    }

    [Fact]
    public async Task AnyMethod_NoAnswer_GivesUpAndSaysSo()
    {
        // Connections are taken by the system, and nobody ever answers.
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        await FailsAsync(Open(Short, Parse($"azurite:{port}/abc")), "no answer came in time");
    }

    [Fact]
    public async Task AnyMethod_WrongKey_NamesTheVariableAndNotTheKey()
    {
        var wrong = Convert.ToBase64String(Enumerable.Repeat((byte)7, 64).ToArray());
        var errors = await FailsAsync(Open(address: InConnection($"AccountName=devstoreaccount1;AccountKey={wrong};{Endpoint}")), "403", StoreAddress.ConnectionVariable, "clock");
        Assert.All(errors, error => Assert.DoesNotContain(wrong, error));
    }

    [Fact]
    public async Task AnyMethod_ServiceQuotesTheSignature_IsNotRepeated()
    {
        // As the real service does: it tells who has a wrong signature what it should have signed.
        transport.Before = (request, _) => new HttpResponseMessage(HttpStatusCode.Forbidden) { Content = new StringContent($"Not accepted: {request.RequestUri!.OriginalString}") };
        var errors = await FailsAsync(Open(address: InConnection(Signed)), "403", container);
        Assert.All(errors, error => Assert.DoesNotContain("sig=", error));
    }

    [Fact]
    public async Task AnyMethod_WrongSignature_NamesTheVariable() => await FailsAsync(Open(address: InConnection(Signed)), "403", StoreAddress.ConnectionVariable);

    [Fact]
    public async Task AnyMethod_NoConnection_TellsTheCauseOfTheCause()
    {
        transport.Before = (_, _) => throw new HttpRequestException("Nobody is there.", new IOException("Nobody at all."));
        await FailsAsync(Open(Short), "no connection (Nobody at all)");
    }

    [Fact]
    public async Task AnyMethod_AnswerOfAStranger_IsShownOnlyInItsForm()
    {
        transport.Before = (_, _) =>
        {
            var answer = new HttpResponseMessage(HttpStatusCode.BadRequest) { Content = new StringContent("<h1>\u001b[31mred</h1>") };
            answer.Headers.TryAddWithoutValidation("x-ms-error-code", "what ever");
            answer.Headers.TryAddWithoutValidation("x-ms-request-id", "<script>");
            return answer;
        };
        var errors = await FailsAsync(Open(), "HTTP 400)");
        Assert.All(errors, error => Assert.DoesNotContain("script", error));
    }

    [Theory]
    [InlineData("<html>Please sign in to the hotel's network")]
    [InlineData("<html><body>Please sign in</body></html>")]
    [InlineData("{}")]
    [InlineData("")]
    public async Task List_AnswerOfNoStore_SaysSo(string body)
    {
        transport.Before = (_, _) => new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent(body) };
        var error = await Assert.ThrowsAsync<StoreException>(async () => await Open().ListAsync("", default).ToListAsync());
        Assert.Equal(StoreFault.Unavailable, error.Fault);
        Assert.Contains("no Azure Blob Storage", error.Message);
    }

    [Fact]
    public async Task Write_ContainerCannotBeMade_SaysHowToMakeIt()
    {
        transport.Before = (request, _) => request.Method == HttpMethod.Put && request.RequestUri!.Query.Contains("restype=container", StringComparison.Ordinal)
            ? new HttpResponseMessage(HttpStatusCode.Forbidden)
            : null;
        var store = Open();
        foreach (var write in new[] { store.CheckUsableAsync(default), store.CreateAsync("a", Content, default), store.ReplaceAsync("a", Content, default) })
        {
            var error = await Assert.ThrowsAsync<StoreException>(() => write);
            Assert.Equal(StoreFault.Unavailable, error.Fault);
            Assert.Contains(container, error.Message);
            Assert.Contains("az storage container create", error.Message);
        }
    }

    [Fact]
    public async Task Read_TooLarge_DownloadsNothing()
    {
        var store = Open();
        await store.CreateAsync("a", new byte[8 * 1024 * 1024], default);
        var body = new CountingContent();
        transport.After = (_, _, answer) =>
        {
            body.Wrap(answer);
            return Task.CompletedTask;
        };
        var error = await Assert.ThrowsAsync<StoreException>(() => store.ReadAsync("a", 1024, default));
        Assert.Equal(StoreFault.TooLarge, error.Fault);
        Assert.Equal(0, body.Read);
    }

    [Fact]
    public async Task Read_ConnectionBreaksInTheMiddle_GoesOnWhereItBroke()
    {
        var store = Open();
        var content = Enumerable.Range(0, 1024 * 1024).Select(i => (byte)(i % 251)).ToArray();
        await store.CreateAsync("a", content, default);
        var body = new CountingContent { BreakAt = 300_000 };
        transport.After = (_, _, answer) => Once(true, () => body.Wrap(answer));
        Assert.Equal(content, await store.ReadAsync("a", content.Length, default));
        Assert.Equal(1, lost);
    }

    [Fact]
    public async Task AnyMethod_200AtOnce_AllSucceed()
    {
        var store = Open();
        await Task.WhenAll(Enumerable.Range(0, 200).Select(async i =>
        {
            Assert.True(await store.CreateAsync($"a/{i}", new[] { (byte)i }, default));
            Assert.Equal((byte)i, Assert.Single((await store.ReadAsync($"a/{i}", 10, default))!));
        }));
        Assert.Equal(200, (await store.ListAsync("a/", default).ToListAsync()).Count);
    }

    private Task Once(bool condition, Action action)
    {
        if (condition && Interlocked.CompareExchange(ref lost, 1, 0) == 0)
            action();
        return Task.CompletedTask;
    }

    private string Endpoint => $"BlobEndpoint=http://127.0.0.1:{fixture.Azurite.Port}/devstoreaccount1";

    private string Signed => $"{Endpoint};SharedAccessSignature=sv=2023-01-03&ss=b&srt=sco&sp=rwdlac&se=2099-01-01T00:00:00Z&sig={Signature}";

    private static bool IsPut(HttpRequestMessage request) => request.Method == HttpMethod.Put && request.RequestUri!.Query.Length == 0;

    private static AzureAddress Parse(string text) => AzureAddress.TryParse(text, _ => null)!;

    private AzureAddress InConnection(string connection) => AzureAddress.TryParse($"container:{container}", _ => connection)!;

    private AzureBlobStore Open(AzurePatience? patience = null, AzureAddress? address = null) =>
        new(address ?? Parse(fixture.Azurite.Address(container)), patience ?? new AzurePatience(), transport);

    // Every method fails with one error that has all of the texts and no secret.
    private static async Task<IReadOnlyList<string>> FailsAsync(AzureBlobStore store, params string[] texts)
    {
        var calls = new Dictionary<string, Func<Task>>
        {
            ["check"] = () => store.CheckUsableAsync(default),
            ["create"] = () => store.CreateAsync("a", Content, default),
            ["replace"] = () => store.ReplaceAsync("a", Content, default),
            ["read"] = () => store.ReadAsync("a", 100, default),
            ["delete"] = () => store.DeleteAsync("a", default),
            ["list"] = async () => await store.ListAsync("", default).ToListAsync(),
            ["folders"] = async () => await store.ListFoldersAsync("", default).ToListAsync(),
        };
        var errors = await Task.WhenAll(calls.Select(call => Assert.ThrowsAsync<StoreException>(call.Value))).WaitAsync(TimeSpan.FromSeconds(60));
        Assert.All(errors, error =>
        {
            Assert.Equal(StoreFault.Unavailable, error.Fault);
            Assert.All(texts, text => Assert.Contains(text, error.Message));
            Assert.DoesNotContain(Key, error.ToString());
            Assert.DoesNotContain(Signature, error.ToString());
        });
        return [.. errors.Select(error => error.ToString())];
    }
}
