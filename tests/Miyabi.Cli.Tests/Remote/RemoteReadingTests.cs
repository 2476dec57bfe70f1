using System.Text;
using Miyabi.Cli.Tests.EndToEnd;

namespace Miyabi.Cli.Tests.Remote;

/// <summary>What commands say of an app's runs is what they say of the same store, and what is proven is proven here.</summary>
public sealed class RemoteReadingTests(RemoteReadingTests.Finished finished) : IClassFixture<RemoteReadingTests.Finished>
{
    private readonly FunctionApp app = finished.App;

    [Fact]
    public void Run_AtAnApp_IsWatchedToItsEnd()
    {
        Assert.True(finished.Hello.Code == 0, finished.Hello.ToString());
        Assert.Empty(finished.Hello.Error);
        Assert.Contains("Run succeeded", finished.Hello.Output);
        Assert.Contains($"miyabi verify hello-1 --url {app.Url}", finished.Hello.Output);
        Assert.DoesNotContain('\u001b', finished.Hello.Output);
        Assert.Matches("(?m)^[0-9:]{8}  started +plan ", finished.Hello.Output);
        Assert.Matches("(?m)^[0-9:]{8}  accepted +review ", finished.Hello.Output);
        Assert.Matches("(?m)^[0-9:]{8}  finished +succeeded: 3 of 3 accepted", finished.Hello.Output);
    }

    [Fact]
    public void RunJson_AtAnApp_IsTheContract()
    {
        Assert.True(finished.Failing.Code == 1, finished.Failing.ToString());
        Assert.Equal("failed", PublishedSchema.Check("run", finished.Failing.Output).GetProperty("state").GetString());
    }

    [Theory]
    [InlineData("status hello-1 --json")]
    [InlineData("status hello-1")]
    [InlineData("status fails-1 --json")]
    [InlineData("list --json")]
    [InlineData("list")]
    [InlineData("results hello-1 --json")]
    [InlineData("results hello-1")]
    [InlineData("results hello-1 review")]
    [InlineData("verify hello-1 --json")]
    [InlineData("verify hello-1")]
    [InlineData("verify fails-1 --json")]
    public async Task Output_OfAnApp_IsThatOfItsStoreToTheByte(string command)
    {
        var there = await app.RunAsync(command.Split(' '));
        var here = await app.Sandbox.RunAsync([.. command.Split(' '), "--store", app.Store]);

        Assert.Equal(here.Output, there.Output);
        Assert.Equal(here.Code, there.Code);
        Assert.Empty(there.Error);
    }

    [Theory]
    [InlineData("status none", "There is no run 'none' in this store.")]
    [InlineData("watch none", "There is no run 'none' in this store.")]
    [InlineData("results none", "There is no run 'none' in this store.")]
    [InlineData("cancel none", "There is no run 'none' in this store.")]
    [InlineData("status ../x", "'../x' is no run id.")]
    [InlineData("approve hello-1 ../x", "'../x' is no task id.")]
    public async Task RunThatIsNotThere_IsSaidAsOfAStore(string command, string message)
    {
        var result = await app.RunAsync(command.Split(' '));
        Assert.Equal(2, result.Code);
        Assert.Contains(message, result.Error);
    }

    [Fact]
    public async Task Watch_OfAnEndedRun_ShowsItsEnd()
    {
        var watched = await app.RunAsync("watch", "hello-1");
        Assert.True(watched.Code == 0, watched.ToString());
        Assert.StartsWith("\nRun succeeded in ", watched.Output);
        var json = await app.RunAsync("watch", "fails-1", "--json");
        Assert.Equal(1, json.Code);
        Assert.Equal("failed", PublishedSchema.Check("run", Assert.Single(json.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries))).GetProperty("state").GetString());
    }

    [Fact]
    public async Task ExportAndCopy_OfAnApp_BringTheRunHere()
    {
        await app.SucceedAsync("export", "hello-1", "--to", "out");
        Assert.NotEmpty(Directory.EnumerateFiles(app.Sandbox["out"], "*", SearchOption.AllDirectories));

        var copied = await app.SucceedAsync("copy", "hello-1", "--to", "here", "--json");

        Assert.Equal(app.Url, PublishedSchema.Check("copy", copied).GetProperty("from").GetString());
        await app.Sandbox.SucceedAsync("verify", "hello-1", "--store", "here");
    }

    [Theory]
    [InlineData("steps/1.json")]
    [InlineData("plan.json")]
    [InlineData("results/review_result.json")]
    public async Task Verify_OfATamperedDocument_NamesItHere(string path)
    {
        var file = app.File("tampered-1", path);
        var original = await File.ReadAllBytesAsync(file);
        try
        {
            var altered = Encoding.UTF8.GetString(original).Replace("\"at\": \"20", "\"at\": \"19", StringComparison.Ordinal).Replace("\"run\": \"tampered-1\"", "\"run\": \"tampered-2\"", StringComparison.Ordinal);
            await File.WriteAllTextAsync(file, altered);

            var verified = await app.RunAsync("verify", "tampered-1", "--json");

            Assert.True(verified.Code == 1, verified.ToString());
            var findings = PublishedSchema.Check("verify", verified.Output).GetProperty("findings").EnumerateArray().Select(finding => finding.GetProperty("path").GetString()).ToList();
            Assert.Contains(findings, found => found!.EndsWith(path, StringComparison.Ordinal));
        }
        finally
        {
            await File.WriteAllBytesAsync(file, original);
        }
    }

    [Fact]
    public async Task Doctor_OfAnApp_LooksAtItAndItsKey()
    {
        var well = await app.RunAsync("doctor");
        Assert.True(well.Code == 0, well.ToString());
        Assert.Contains("answers and is well", well.Output);
        Assert.Contains($"{app.KeyId} is trusted here", string.Join(' ', well.Output.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries)));

        var denied = await FunctionApp.Tame(app.Sandbox.RunAsync("doctor", "--url", app.Url, "--key", "wrong"));
        Assert.Equal(3, denied.Code);
        Assert.Contains("access", denied.Output);
        Assert.DoesNotContain("wrong", denied.Output);
    }

    [Fact]
    public async Task Key_ThatIsWrong_ExitsWith3AndIsNotRepeated()
    {
        var denied = await app.Sandbox.RunAsync("list", "--url", app.Url, "--key", "not-the-key");
        Assert.Equal(3, denied.Code);
        Assert.Contains("--key", denied.Error);
        Assert.DoesNotContain("not-the-key", denied.Output + denied.Error);
    }

    [Fact]
    public async Task App_ByItsVariable_IsMeantUnlessAStoreIsNamed()
    {
        app.Sandbox.Variables["MIYABI_URL"] = app.Url;
        try
        {
            Assert.Contains("hello-1", await app.Sandbox.SucceedAsync("list"));
            Assert.Contains("There are no runs", await app.Sandbox.SucceedAsync("list", "--store", "empty"));
        }
        finally
        {
            app.Sandbox.Variables.Remove("MIYABI_URL");
        }
    }

    [Theory]
    [InlineData(2, "exclude each other", "list", "--url", "http://127.0.0.1:1", "--store", "x")]
    [InlineData(2, "name it with --url", "list", "--key", "k")]
    [InlineData(2, "in the clear", "list", "--url", "http://app.example.net")]
    [InlineData(2, "paths of this machine", "run", "PLAN", "--url", "http://127.0.0.1:1", "--input", "a=b")]
    [InlineData(2, "workspaces are not on this machine", "run", "PLAN", "--url", "http://127.0.0.1:1", "--keep-workspaces")]
    [InlineData(2, "goes with --url", "run", "PLAN", "--detach")]
    [InlineData(2, "workspaces are not on this machine", "retry", "r", "--url", "http://127.0.0.1:1", "--keep-workspaces")]
    [InlineData(2, "it is about this machine", "doctor", "--url", "http://127.0.0.1:1", "--clean")]
    [InlineData(3, "nothing answers there", "list", "--url", "http://127.0.0.1:1")]
    [InlineData(3, "nothing answers there", "verify", "r", "--url", "http://127.0.0.1:1")]
    public async Task CommandLine_ThatCannotBe_IsRefusedWithTheReason(int code, string why, params string[] arguments)
    {
        var result = await app.Sandbox.RunAsync([.. arguments.Select(argument => argument == "PLAN" ? Repository.Sample("hello") : argument)]);
        Assert.True(result.Code == code, result.ToString());
        Assert.Contains(why, result.Error);
    }

    /// <summary>An app with runs that have ended, whose key is trusted.</summary>
    public sealed class Finished : IAsyncLifetime
    {
        internal FunctionApp App { get; } = new();

        internal CliResult Hello { get; private set; } = null!;

        internal CliResult Failing { get; private set; } = null!;

        public async Task InitializeAsync()
        {
            await App.InitializeAsync();
            App.Sandbox.Write("fails.json", """
                { "name": "fails", "version": 1, "agents": [{ "id": "A", "kind": "claude", "provider": "simulated" }],
                  "tasks": [ { "id": "bad", "agent": "A", "retry": {"maxAttempts": 1}, "simulated": { "work": "PT0.01S", "faults": ["fail"] } } ] }
                """);
            Hello = await App.RunAsync("run", Repository.Sample("hello"), "--speed", "1000", "--run-id", "hello-1");
            Failing = await App.RunAsync("run", "fails.json", "--run-id", "fails-1", "--json");
            await App.RunAsync("run", Repository.Sample("hello"), "--speed", "1000", "--run-id", "tampered-1");
            await App.TrustAsync();
        }

        public Task DisposeAsync() => App.DisposeAsync();
    }
}
