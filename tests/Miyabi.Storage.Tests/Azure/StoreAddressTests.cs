using Miyabi.Core.Ledger;

namespace Miyabi.Storage.Tests.Azure;

public sealed class StoreAddressTests
{
    private const string Secret = "c2VjcmV0c2VjcmV0c2VjcmV0";

    public static TheoryData<string> Containers => new("azurite/", "azurite:10000/", "container:", "https://account.blob.core.windows.net/");

    [Theory]
    [InlineData("azurite")]
    [InlineData("azurite:10100")]
    [InlineData("azurite/some-container")]
    [InlineData("azurite:10100/abc")]
    [InlineData("https://account.blob.core.windows.net/container-1")]
    [InlineData("https://account.blob.core.chinacloudapi.cn/abc")]
    [InlineData("https://account.z01.blob.storage.azure.net/abc")]
    [InlineData("container:abc")]
    public void Parse_AddressOfAzure_IsKeptAsItIs(string text)
    {
        var address = StoreAddress.Parse(text, Connection);
        Assert.Equal(text, address.Text);
        Assert.Equal(text, address.Open().Address);
        Assert.IsType<Storage.Azure.AzureBlobStore>(address.Open());
    }

    [Fact]
    public void Parse_TrailingSlash_IsLeftOut() =>
        Assert.Equal("https://account.blob.core.windows.net/abc", StoreAddress.Parse("https://account.blob.core.windows.net/abc/", Connection).Text);

    [Theory]
    [InlineData(".miyabi")]
    [InlineData("./azurite")]
    [InlineData("azurite2")]
    [InlineData("folder/azurite")]
    [InlineData("./container:abc")]
    public void Parse_Path_IsAFolder(string text)
    {
        var store = StoreAddress.Parse(text, _ => null).Open();
        Assert.IsType<Storage.Directories.DirectoryBlobStore>(store);
        Assert.Equal(Path.GetFullPath(text), store.Address);
    }

    [Theory]
    [InlineData("", "folder")]
    [InlineData("azurite:", "azurite:PORT")]
    [InlineData("azurite:0", "azurite:PORT")]
    [InlineData("azurite:65536", "azurite:PORT")]
    [InlineData("azurite:host", "./azurite:host")]
    [InlineData("http://account.blob.core.windows.net/abc", "https://")]
    [InlineData("https://account.blob.core.windows.net:444/abc", "https://")]
    [InlineData("https://example.invalid/abc", "container:NAME")]
    [InlineData("https://blob.core.windows.net.example.invalid/abc", "container:NAME")]
    [InlineData("https://account.blob.core.windows.net.example.invalid/abc", "container:NAME")]
    [InlineData("https://account.dfs.core.windows.net/abc", "container:NAME")]
    [InlineData("https://account.blob.core.windows.net", "the container is missing")]
    [InlineData("ftp://account/abc", "folder")]
    public void Parse_BadAddress_SaysWhatToGive(string text, string expected)
    {
        var error = Assert.Throws<StoreException>(() => StoreAddress.Parse(text, Connection));
        Assert.Equal(StoreFault.NotAStore, error.Fault);
        Assert.Contains("--store", error.Message);
        Assert.Contains(text, error.Message);
        Assert.Contains(expected, error.Message);
    }

    [Theory]
    [InlineData("https://account.blob.core.windows.net/abc?sv=2023-01-03&sig=" + Secret)]
    [InlineData("https://account.blob.core.windows.net/abc#" + Secret)]
    [InlineData("https://user:" + Secret + "@account.blob.core.windows.net/abc")]
    [InlineData("AccountName=account;AccountKey=" + Secret)]
    [InlineData("DefaultEndpointsProtocol=https;AccountName=account;AccountKey =" + Secret)]
    [InlineData("BlobEndpoint=https://account.blob.core.windows.net;SharedAccessSignature=sig=" + Secret)]
    public void Parse_SecretOnTheCommandLine_IsRefusedAndNotRepeated(string text)
    {
        var error = Assert.Throws<StoreException>(() => StoreAddress.Parse(text, Connection));
        Assert.Equal(StoreFault.NotAStore, error.Fault);
        Assert.Contains(StoreAddress.ConnectionVariable, error.Message);
        Assert.DoesNotContain(Secret, error.ToString());
    }

    [Theory]
    [MemberData(nameof(Containers))]
    public void Parse_BadContainer_SaysTheRule(string before)
    {
        foreach (var name in new[] { "ab", "Abc", "a--b", "-abc", "abc-", "a_b", "a.b", "abc/def", "ä-ä", new string('a', 64) })
        {
            var error = Assert.Throws<StoreException>(() => StoreAddress.Parse(before + name, Connection));
            Assert.Equal(StoreFault.NotAStore, error.Fault);
            Assert.Contains("3 to 63", error.Message);
        }
    }

    [Theory]
    [MemberData(nameof(Containers))]
    public void Parse_LongestAndShortestContainer_AreTaken(string before)
    {
        foreach (var name in new[] { "abc", "a-b", "123", new string('a', 63) })
            Assert.Equal(before + name, StoreAddress.Parse(before + name, Connection).Text);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(" ")]
    public void Parse_ContainerWithoutConnection_NamesTheVariable(string? connection)
    {
        var error = Assert.Throws<StoreException>(() => StoreAddress.Parse("container:abc", _ => connection));
        Assert.Equal(StoreFault.NotAStore, error.Fault);
        Assert.Contains(StoreAddress.ConnectionVariable, error.Message);
    }

    [Theory]
    [InlineData(Secret)]
    [InlineData("AccountName=account")]
    [InlineData("AccountName=account;AccountKey=no base 64: " + Secret)]
    [InlineData("AccountName=account;AccountKey")]
    [InlineData("BlobEndpoint=no address;AccountName=account;AccountKey=" + Secret)]
    public void Open_NoConnectionString_NamesTheVariableAndNotItsContent(string connection)
    {
        var error = Assert.Throws<StoreException>(() => StoreAddress.Parse("container:abc", _ => connection).Open());
        Assert.Equal(StoreFault.NotAStore, error.Fault);
        Assert.Contains(StoreAddress.ConnectionVariable, error.Message);
        Assert.DoesNotContain(Secret, error.ToString());
    }

    private static string? Connection(string name) => name == StoreAddress.ConnectionVariable ? $"AccountName=account;AccountKey={Secret}" : null;
}
