using Miyabi.Core.Ledger;
using Miyabi.Testing;
using Miyabi.Testing.Stores;

namespace Miyabi.Storage.Tests;

public sealed class InMemoryBlobStoreTests : BlobStoreConformance
{
    protected override IBlobStore Store { get; } = new InMemoryBlobStore();
}
