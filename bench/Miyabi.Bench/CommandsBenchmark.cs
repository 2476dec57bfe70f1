using System.Diagnostics;
using System.Globalization;
using Miyabi.Core.Plans;

namespace Miyabi.Bench;

/// <summary>What a person waits for who asks after runs: whole processes, started by the launcher, on a store of many runs.</summary>
internal static class CommandsBenchmark
{
    internal static async Task<string> MeasureAsync(BenchOptions options, CancellationToken cancellationToken)
    {
        using var runs = await BenchRuns.CreateAsync(cancellationToken);
        await using var store = await BenchStore.OpenAsync(options);
        var plan = PlanReader.Read(options.Shape.Plan());
        for (var i = 0; i < options.Runs; i++)
            await BenchRuns.CarryOutAsync(runs.Open(store.Counted), store.Counted, Id(i), plan, options, pace: null, cancellationToken);
        var (list, status) = (new List<double>(), new List<double>());
        var measured = await Measured.OfAsync(options.Repeats, async () =>
        {
            var took = await RunAsync(runs, store, "list");
            list.Add(took.TotalMilliseconds);
            status.Add((await RunAsync(runs, store, "status", Id(options.Runs / 2))).TotalMilliseconds);
            return took;
        });
        return measured.Line(options, options.Shape.Tasks * options.Runs, ("runs", options.Runs), ("listMs", Middle(list, options)), ("statusMs", Middle(status, options)));
    }

    private static string Id(int number) => string.Create(CultureInfo.InvariantCulture, $"run-{number:0000}");

    private static double Middle(List<double> times, BenchOptions options) => Math.Round(times.TakeLast(options.Repeats).Order().ElementAt(options.Repeats / 2), 1);

    private static async Task<TimeSpan> RunAsync(BenchRuns runs, BenchStore store, params string[] arguments)
    {
        var start = new ProcessStartInfo(Launcher(), [.. arguments, "--store", store.Address]) { RedirectStandardOutput = true, UseShellExecute = false };
        start.Environment["MIYABI_HOME"] = runs.Home;
        var began = Stopwatch.GetTimestamp();
        using var process = Process.Start(start)!;
        await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0
            ? Stopwatch.GetElapsedTime(began)
            : throw new InvalidOperationException($"{string.Join(' ', arguments)} ended with {process.ExitCode}.");
    }

    private static string Launcher()
    {
        for (var folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (File.Exists(Path.Combine(folder, "Miyabi.Functions.sln")))
                return Path.Combine(folder, OperatingSystem.IsWindows() ? "miyabi.cmd" : "miyabi");
        }

        throw new InvalidOperationException("The benchmark lies outside of its repository.");
    }
}
