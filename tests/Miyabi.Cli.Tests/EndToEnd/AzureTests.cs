using Miyabi.Testing.Azurite;

namespace Miyabi.Cli.Tests.EndToEnd;

/// <summary>The commands, with the store in a container of a real Azurite.</summary>
[Collection(AzuriteCollection.Name)]
public sealed class AzureTests : IDisposable
{
    private const string Secret = "c2VjcmV0c2VjcmV0c2VjcmV0";

    private readonly CliSandbox sandbox = new();
    private readonly AzuriteProcess azurite;
    private readonly string container = AzuriteProcess.NewContainer();

    public AzureTests(AzuriteFixture fixture) => azurite = fixture.Azurite;

    private string Store => azurite.Address(container);

    public void Dispose() => sandbox.Dispose();

    [UnixFact]
    public async Task EveryCommand_StoreInAzurite_WorksAsInAFolder()
    {
        CountingPlan.Write(sandbox);
        var ran = await sandbox.SucceedAsync("run", "counting.json", "--run-id", "r", "--store", Store);
        Assert.Contains($"miyabi verify r --store {Store}", ran);
        Assert.Equal(1, CountingPlan.Marks(sandbox)["a.1"]);

        var status = PublishedSchema.Check("run", await sandbox.SucceedAsync("status", "r", "--json", "--store", Store));
        Assert.Equal("succeeded", status.GetProperty("state").GetString());
        Assert.Contains("r ", await sandbox.SucceedAsync("list", "--store", Store));
        Assert.Contains("\"task\":\"a\"", (await sandbox.SucceedAsync("results", "r", "a", "--store", Store)).Replace(" ", "", StringComparison.Ordinal));
        await sandbox.SucceedAsync("export", "r", "--to", "out", "--store", Store);
        Assert.Equal("made by a\n", await File.ReadAllTextAsync(sandbox["out/a/file.txt"]));
        await sandbox.SucceedAsync("resume", "r", "--store", Store);
        await sandbox.SucceedAsync("watch", "r", "--store", Store);
        PublishedSchema.Check("doctor", await sandbox.SucceedAsync("doctor", "--json", "--store", Store));
        PublishedSchema.Check("copy", await sandbox.SucceedAsync("copy", "r", "--to", "folder", "--json", "--store", Store));
        await sandbox.SucceedAsync("copy", "r", "--to", Store + "-copy", "--store", "folder");
        await sandbox.SucceedAsync("retry", "r", "a", "--store", Store + "-copy");
        await sandbox.SucceedAsync("verify", "r", "--store", Store + "-copy");
        var report = PublishedSchema.Check("verify", await sandbox.SucceedAsync("verify", "r", "--json", "--store", Store));
        Assert.True(report.GetProperty("proven").GetBoolean());

        Assert.All(CountingPlan.Marks(sandbox).Values, times => Assert.Equal(1, times));
        Assert.False(Directory.Exists(sandbox[".miyabi"]));
    }

    [UnixFact]
    public async Task Run_ConnectionStringInTheEnvironment_IsUsedAndNotShown()
    {
        const string Key = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";
        sandbox.Variables["MIYABI_STORE_CONNECTION"] = $"AccountName=devstoreaccount1;AccountKey={Key};BlobEndpoint=http://127.0.0.1:{azurite.Port}/devstoreaccount1;";
        CountingPlan.Write(sandbox);
        var ran = await sandbox.RunAsync("run", "counting.json", "--run-id", "r", "--store", $"container:{container}");
        Assert.True(ran.Code == 0, ran.ToString());
        Assert.Contains($"--store container:{container}", ran.Output);
        Assert.DoesNotContain(Key, ran.ToString());
        await sandbox.SucceedAsync("verify", "r", "--store", Store);
    }

    [Theory]
    [InlineData("azurite:1/abc", "Start the emulator")]
    [InlineData("container:abc", "there is no connection")]
    public async Task AnyCommand_NoAnswer_IsExit3AndMakesNothing(string store, string expected)
    {
        sandbox.Variables["MIYABI_STORE_CONNECTION"] = $"AccountName=a;AccountKey={Secret};BlobEndpoint=http://127.0.0.1:1/a;";
        CountingPlan.Write(sandbox);
        string[][] commands = [["run", "counting.json"], ["resume", "r"], ["status", "r"], ["list"], ["results", "r"], ["export", "r", "--to", "out"], ["verify", "r"]];
        await Task.WhenAll(commands.Select(async command =>
        {
            var result = await sandbox.RunAsync([.. command, "--store", store]);
            Assert.Equal(3, result.Code);
            Assert.Contains(expected, result.Error);
            Assert.DoesNotContain(Secret, result.ToString());
        }));
        Assert.Empty(Directory.EnumerateFileSystemEntries(sandbox["marks"]));
        Assert.False(Directory.Exists(sandbox["home"]));
        Assert.False(Directory.Exists(sandbox["out"]));
    }

    [Theory]
    [InlineData("azurite/A", "3 to 63")]
    [InlineData("azurite:0", "azurite:PORT")]
    [InlineData("container:abc", "MIYABI_STORE_CONNECTION")]
    [InlineData("http://account.blob.core.windows.net/abc", "https://ACCOUNT.blob.core.windows.net/CONTAINER")]
    [InlineData("https://account.blob.core.windows.net/abc?sig=" + Secret, "MIYABI_STORE_CONNECTION")]
    [InlineData("AccountName=account;AccountKey=" + Secret, "MIYABI_STORE_CONNECTION")]
    public async Task Run_BadAddress_IsExit2AndMakesNothing(string store, string expected)
    {
        CountingPlan.Write(sandbox);
        var result = await sandbox.RunAsync("run", "counting.json", "--store", store);
        Assert.Equal(2, result.Code);
        Assert.Contains("--store", result.Error);
        Assert.Contains(expected, result.Error);
        Assert.DoesNotContain(Secret, result.ToString());
        Assert.False(Directory.Exists(sandbox["home"]));
        Assert.False(Directory.Exists(sandbox[".miyabi"]));
    }
}
