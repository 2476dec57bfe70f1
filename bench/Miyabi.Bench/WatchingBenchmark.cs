using System.Diagnostics;
using Miyabi.Core.Plans;

namespace Miyabi.Bench;

/// <summary>What it costs that a run is watched: runs with events and the live view, and runs without, in turn, so that a machine that changes its pace meets both.</summary>
internal static class WatchingBenchmark
{
    internal static async Task<string> MeasureAsync(BenchOptions options, CancellationToken cancellationToken)
    {
        using var runs = await BenchRuns.CreateAsync(cancellationToken);
        var plan = PlanReader.Read(options.Shape.Plan());
        List<double> alone = [], watched = [];
        var measured = await Measured.OfAsync(options.Repeats, async () =>
        {
            alone.Add((await OnceAsync(Audience.None)).TotalMilliseconds);
            var took = await OnceAsync(Audience.View);
            watched.Add(took.TotalMilliseconds);
            return took;
        });
        var (without, with) = (Middle(alone), Middle(watched));
        return measured.Line(options with { Audience = Audience.View }, options.Shape.Tasks, ("unwatchedMs", Math.Round(without, 2)), ("watchedOverUnwatched", Math.Round(with / without, 3)));

        double Middle(List<double> times) => times.TakeLast(options.Repeats).Order().ElementAt(options.Repeats / 2);

        async Task<TimeSpan> OnceAsync(Audience audience)
        {
            await using var store = await BenchStore.OpenAsync(options);
            GC.Collect();
            var began = Stopwatch.GetTimestamp();
            await BenchRuns.CarryOutAsync(runs.Open(store.Counted), store.Counted, "r", plan, options with { Audience = audience }, pace: null, cancellationToken);
            return Stopwatch.GetElapsedTime(began);
        }
    }
}
