using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Miyabi.Core.Plans;

namespace Miyabi.Bench;

/// <summary>Many runs of one plan at once, in one process and one store.</summary>
internal static class ManyRunsBenchmark
{
    internal static async Task<string> MeasureAsync(BenchOptions options, CancellationToken cancellationToken)
    {
        using var runs = await BenchRuns.CreateAsync(cancellationToken);
        var plan = PlanReader.Read(options.Shape.Plan());
        var ends = new ConcurrentBag<double>();
        var measured = await Measured.OfAsync(options.Repeats, async () =>
        {
            await using var store = await BenchStore.OpenAsync(options);
            var open = runs.Open(store.Counted);
            ends.Clear();
            GC.Collect();
            var began = Stopwatch.GetTimestamp();
            await Task.WhenAll(Enumerable.Range(0, options.Runs).Select(i => Task.Run(async () =>
            {
                await BenchRuns.CarryOutAsync(open, store.Counted, string.Create(CultureInfo.InvariantCulture, $"r{i}"), plan, options, cancellationToken);
                ends.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
            })));
            return Stopwatch.GetElapsedTime(began);
        });
        // All began at once: where none starves, the first to end is not far before the last.
        return measured.Line(options, options.Shape.Tasks * options.Runs, ("runs", options.Runs), ("firstEndMs", Math.Round(ends.Min(), 1)), ("lastEndMs", Math.Round(ends.Max(), 1)));
    }
}
