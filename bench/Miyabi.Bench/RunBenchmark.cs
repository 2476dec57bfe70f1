using System.Diagnostics;
using Miyabi.Core.Plans;

namespace Miyabi.Bench;

/// <summary>One run at a time, each in a store of its own: from the accepting of its plan to its sealed manifest.</summary>
internal static class RunBenchmark
{
    internal static async Task<string> MeasureAsync(BenchOptions options, CancellationToken cancellationToken)
    {
        using var runs = await BenchRuns.CreateAsync(cancellationToken);
        var plan = PlanReader.Read(options.Shape.Plan());
        var (operations, written) = (0L, 0L);
        var measured = await Measured.OfAsync(options.Repeats, async () =>
        {
            await using var store = await BenchStore.OpenAsync(options);
            GC.Collect();
            var began = Stopwatch.GetTimestamp();
            await BenchRuns.CarryOutAsync(runs.Open(store.Counted), store.Counted, "r", plan, options, pace: null, cancellationToken);
            var took = Stopwatch.GetElapsedTime(began);
            (operations, written) = (store.Counted.Operations, store.Counted.Written);
            return took;
        });
        var tasks = options.Shape.Tasks;
        return measured.Line(
            options,
            tasks,
            ("storeOperationsPerTask", Math.Round((double)operations / tasks, 2)),
            ("bytesPerTask", Math.Round((double)written / tasks)));
    }
}
