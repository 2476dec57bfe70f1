using System.Collections.Concurrent;
using System.Diagnostics;
using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Miyabi.Core.Ledger;
using Miyabi.Core.Plans;
using Miyabi.Testing.Azurite;

namespace Miyabi.Bench;

/// <summary>A run on Azurite, and then its very puts and gets from the bare client, as many at once as the run may have tasks at work.</summary>
internal static class ClientBenchmark
{
    internal static async Task<string> MeasureAsync(BenchOptions options, CancellationToken cancellationToken)
    {
        using var runs = await BenchRuns.CreateAsync(cancellationToken);
        var plan = PlanReader.Read(options.Shape.Plan());
        List<double> whole = [];
        var measured = await Measured.OfAsync(options.Repeats, async () =>
        {
            await using var store = await BenchStore.OpenAsync(options with { Store = StoreKind.Azurite });
            var recorder = new RecordingStore(store.Counted);
            var began = Stopwatch.GetTimestamp();
            await BenchRuns.CarryOutAsync(runs.Open(recorder), recorder, "r", plan, options, pace: null, cancellationToken);
            whole.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
            return await ReplayAsync(store.Container("bare"), recorder.Calls, plan.Plan!.Policy.MaxParallel, cancellationToken);
        });
        var run = whole.TakeLast(options.Repeats).Order().ElementAt(options.Repeats / 2);
        return measured.Line(
            options with { Store = StoreKind.Azurite },
            options.Shape.Tasks,
            ("runMs", Math.Round(run, 1)),
            ("runOverClient", Math.Round(run / measured.Median, 2)));
    }

    // First everything that is put, then everything that is got: so that each is there.
    private static async Task<TimeSpan> ReplayAsync(BlobContainerClient container, IReadOnlyCollection<StoreCall> calls, int atOnce, CancellationToken cancellationToken)
    {
        await container.CreateIfNotExistsAsync(cancellationToken: cancellationToken);
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = atOnce, CancellationToken = cancellationToken };
        var onlyNew = new BlobUploadOptions { Conditions = new BlobRequestConditions { IfNoneMatch = ETag.All } };
        var began = Stopwatch.GetTimestamp();
        await Parallel.ForEachAsync(calls.Where(call => call.Put is not null), parallel, async (call, token) =>
            await container.GetBlobClient(call.Name).UploadAsync(new BinaryData(call.Put!), onlyNew, token));
        await Parallel.ForEachAsync(calls.Where(call => call.Put is null), parallel, async (call, token) =>
            await container.GetBlobClient(call.Name).DownloadContentAsync(token));
        return Stopwatch.GetElapsedTime(began);
    }
}
