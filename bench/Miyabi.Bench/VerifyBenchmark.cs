using System.Diagnostics;
using Miyabi.Core.Plans;
using Miyabi.Core.Verification;

namespace Miyabi.Bench;

/// <summary>The proving of a run that has ended: every document read and checked again.</summary>
internal static class VerifyBenchmark
{
    internal static async Task<string> MeasureAsync(BenchOptions options, CancellationToken cancellationToken)
    {
        using var runs = await BenchRuns.CreateAsync(cancellationToken);
        await using var store = await BenchStore.OpenAsync(options);
        await BenchRuns.CarryOutAsync(runs.Open(store.Counted), store.Counted, "r", PlanReader.Read(options.Shape.Plan()), options, pace: null, cancellationToken);
        GC.Collect();
        var before = Memory();
        var measured = await Measured.OfAsync(options.Repeats, async () =>
        {
            GC.Collect();
            var began = Stopwatch.GetTimestamp();
            var report = await new RunVerifier(store.Counted, runs.Trust).VerifyAsync("r", expectedRoot: null, cancellationToken);
            return report.IsProven ? Stopwatch.GetElapsedTime(began) : throw new InvalidOperationException("The run is not proven.");
        });
        return measured.Line(options, options.Shape.Tasks, ("rssBeforeMiB", before));
    }

    private static double Memory()
    {
        using var self = Process.GetCurrentProcess();
        return Math.Round(self.WorkingSet64 / 1048576.0, 1);
    }
}
