using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Miyabi.Core.Ledger;

namespace Miyabi.Core.Activities;

/// <summary>Payloads of results that this process verified, as it read them back or as it wrote them, by the digests of their documents: inputs of what comes next.</summary>
/// <remarks>
/// What has such a digest is this payload and nothing else, so to read and verify the same document again would tell nothing new. Bounded: the oldest are
/// forgotten, and read from the ledger when they are asked for.
/// </remarks>
internal sealed class VerifiedPayloads
{
    /// <summary>What is kept at most, for all runs of the process together: 64 MiB as reckoned by <see cref="Cost"/>.</summary>
    private const long MaxCost = 64 * 1024 * 1024;

    private readonly ConcurrentDictionary<string, ResultPayload> payloads = new(StringComparer.Ordinal);
    private readonly Queue<(string Digest, long Cost)> order = new();
    private readonly Lock gate = new();
    private long kept;

    /// <summary>Keeps a payload.</summary>
    internal void Keep(string digest, ResultPayload payload)
    {
        var cost = Cost(payload);
        if (cost > MaxCost / 8 || !payloads.TryAdd(digest, payload))
            return;
        lock (gate)
        {
            order.Enqueue((digest, cost));
            kept += cost;
            while (kept > MaxCost)
            {
                var (oldest, freed) = order.Dequeue();
                payloads.TryRemove(oldest, out _);
                kept -= freed;
            }
        }
    }

    /// <summary>The payload of an accepted result; <see langword="null"/>: not kept.</summary>
    internal ResultPayload? Find(string digest) => payloads.GetValueOrDefault(digest);

    // JSON in memory takes its text and 12 bytes for each of its values, the shortest of which take two in the text.
    private static long Cost(ResultPayload payload) =>
        1024 + (7L * JsonMarshal.GetRawUtf8Value(payload.Output).Length) + (500L * payload.Files.Length);
}
