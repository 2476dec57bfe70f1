using System.Runtime.CompilerServices;
using Miyabi.Core.Ledger;
using Miyabi.Storage.Azure;
using Miyabi.Storage.Directories;

namespace Miyabi.Storage;

/// <summary>Where a store is, as <c>--store</c> says it.</summary>
/// <remarks>
/// <list type="bullet">
/// <item><c>PATH</c>: a folder. One whose name looks like another form is written with <c>./</c> before it.</item>
/// <item><c>azurite</c>, <c>azurite:PORT</c>, each with <c>/CONTAINER</c> behind it if it is not <c>miyabi</c>: the emulator on this machine, at
/// port 10000 unless told. Needs no environment and no secret.</item>
/// <item><c>https://ACCOUNT.blob.core.windows.net/CONTAINER</c>, or the same in another Azure cloud: signs in as Azure.Identity's
/// DefaultAzureCredential does.</item>
/// <item><c>container:CONTAINER</c>: in the account of the connection string in the variable <see cref="ConnectionVariable"/>.</item>
/// </list>
/// No form holds a secret: command lines are seen by every process of the machine and stay in histories.
/// </remarks>
public sealed class StoreAddress
{
    /// <summary>The environment variable of the connection string: an account key, or a shared access signature.</summary>
    public const string ConnectionVariable = "MIYABI_STORE_CONNECTION";

    private readonly string? folder;
    private readonly AzureAddress? azure;

    private StoreAddress(string folder) => (Text, this.folder) = (folder, folder);

    private StoreAddress(AzureAddress azure) => (Text, this.azure) = (azure.Text, azure);

    /// <summary>The address; a folder as a full path.</summary>
    public string Text { get; }

    /// <summary>Reads an address; touches nothing.</summary>
    /// <param name="text">As <c>--store</c> takes it.</param>
    /// <param name="variable">An environment variable by its name; <see langword="null"/>: it is not set.</param>
    /// <exception cref="StoreException">It is none (<see cref="StoreFault.NotAStore"/>). The message repeats nothing that may be secret.</exception>
    public static StoreAddress Parse(string text, Func<string, string?> variable)
    {
        if (AzureAddress.TryParse(text, variable) is { } azure)
            return new StoreAddress(azure);
        if (text.Length == 0 || text.Contains('\0'))
            throw new StoreException(StoreFault.NotAStore, $"--store {text.Replace('\0', '?')}: give the path of a folder, e.g. --store .miyabi");
        return new StoreAddress(Path.GetFullPath(text));
    }

    /// <summary>The store; nothing is touched yet.</summary>
    /// <exception cref="StoreException">The connection string is none (<see cref="StoreFault.NotAStore"/>).</exception>
    public IAddressedStore Open() => folder is not null ? new DirectoryBlobStore(folder) : OpenAzure(azure!);

    // Apart, so that the assemblies of Azure are loaded only when they are needed: they double the time of a short command.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static AzureBlobStore OpenAzure(AzureAddress address) => AzureBlobStore.Open(address);
}
