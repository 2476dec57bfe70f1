using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Miyabi.Core.Ledger;
using Miyabi.Core.Plans;
using Miyabi.Core.Runs;

namespace Miyabi.Bench;

/// <summary>Many runs of one plan at once, in one process and one store.</summary>
internal static class ManyRunsBenchmark
{
    internal static async Task<string> MeasureAsync(BenchOptions options, CancellationToken cancellationToken)
    {
        using var runs = await BenchRuns.CreateAsync(cancellationToken);
        var plan = PlanReader.Read(options.Shape.Plan());
        var (ends, pauses) = (new ConcurrentBag<double>(), new ConcurrentBag<double>());
        var (operations, written) = (0L, 0L);
        var measured = await Measured.OfAsync(options.Repeats, async () =>
        {
            await using var store = await BenchStore.OpenAsync(options);
            var open = runs.Open(store.Counted);
            ends.Clear();
            pauses.Clear();
            GC.Collect();
            var began = Stopwatch.GetTimestamp();
            await Task.WhenAll(Enumerable.Range(0, options.Runs).Select(i => Task.Run(async () =>
            {
                var pace = new StepPace(began);
                await BenchRuns.CarryOutAsync(open, store.Counted, string.Create(CultureInfo.InvariantCulture, $"r{i}"), plan, options, pace, cancellationToken);
                pauses.Add(pace.LongestPause.TotalMilliseconds);
                ends.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
            })));
            (operations, written) = (store.Counted.Operations, store.Counted.Written);
            return Stopwatch.GetElapsedTime(began);
        });
        var tasks = options.Shape.Tasks * options.Runs;
        return measured.Line(
            options,
            tasks,
            ("storeOperationsPerTask", Math.Round((double)operations / tasks, 2)),
            ("bytesPerTask", Math.Round((double)written / tasks)),
            ("runs", options.Runs),
            ("firstEndMs", Math.Round(ends.Min(), 1)),
            ("lastEndMs", Math.Round(ends.Max(), 1)),
            ("longestPauseMs", Math.Round(pauses.Max(), 1)));
    }

    /// <summary>The longest time in which a run took no step, from its very beginning: what a run that starves would show.</summary>
    private sealed class StepPace(long began) : IRunObserver
    {
        private readonly Lock gate = new();
        private long last = began;

        internal TimeSpan LongestPause { get; private set; }

        public void Stepped(StepDocument step)
        {
            lock (gate)
            {
                var now = Stopwatch.GetTimestamp();
                var pause = Stopwatch.GetElapsedTime(last, now);
                (last, LongestPause) = (now, pause > LongestPause ? pause : LongestPause);
            }
        }

        public void Happened(string run, RunEvent happening)
        {
        }
    }
}
