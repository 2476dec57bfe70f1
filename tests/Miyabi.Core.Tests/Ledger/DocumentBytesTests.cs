using System.Security.Cryptography;
using System.Text;
using Miyabi.Core.Ledger;
using Miyabi.Testing;
using Miyabi.Testing.Runs;

namespace Miyabi.Core.Tests.Ledger;

public class DocumentBytesTests
{
    // Of the documents as they were before tasks could have gates and reviews. Whoever changes what documents hold on purpose changes this with it.
    private const string Before = "9b0faa584484be004c9e3b12e7656987262206088474f0ffde97589f707f0421";

    [Fact]
    public async Task Documents_OfAPlanWithoutChecks_AreWhatTheyWereToTheByte()
    {
        using var signer = new TestSigner();
        var store = new InMemoryBlobStore();
        await new FinishedRuns(store, signer, new ManualTimeProvider()).MakeAsync("r");
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (name, file) in store.Blobs.Where(blob => blob.Key.EndsWith(".json", StringComparison.Ordinal) && !blob.Key.Contains("/leases/")).OrderBy(blob => blob.Key, StringComparer.Ordinal))
            hash.AppendData([.. Encoding.UTF8.GetBytes(name), .. SealFormat.Parse(file).Document.Span]);
        Assert.Equal(Before, Convert.ToHexStringLower(hash.GetHashAndReset()));
    }
}
