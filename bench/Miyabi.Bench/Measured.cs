using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Miyabi.Storage.Directories;

namespace Miyabi.Bench;

/// <summary>How long something took, each time, and the line that says so.</summary>
internal sealed class Measured
{
    private readonly List<double> times = [];

    /// <summary>The middle one, in milliseconds.</summary>
    internal double Median => times.Order().ElementAt(times.Count / 2);

    // The runtime compiles what is called often a second and a third time, and needs some seconds for it.
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(2);

    /// <summary>Does something once, and again for 2 s, for warming up; then measures it as often as is asked for.</summary>
    /// <param name="repeats">How often.</param>
    /// <param name="once">Does it, and returns how long it took.</param>
    internal static async Task<Measured> OfAsync(int repeats, Func<Task<TimeSpan>> once)
    {
        var measured = new Measured();
        for (var spent = TimeSpan.Zero; spent < WarmUp;)
            spent += await once();
        for (var i = 0; i < repeats; i++)
            measured.times.Add((await once()).TotalMilliseconds);
        return measured;
    }

    /// <summary>The line: what was measured, its times, and what else there is to say of it.</summary>
    internal string Line(BenchOptions options, int tasks, params (string Name, object Value)[] more)
    {
        using var self = Process.GetCurrentProcess();
        var line = new Dictionary<string, object>(StringComparer.Ordinal)
        {
            ["subject"] = Name(options.Subject),
            ["shape"] = options.Shape.Name,
            ["store"] = Name(options.Store),
            ["schedule"] = Name(options.Schedule),
            ["durability"] = options.Durability == Durability.Machine ? "flush" : "process",
            ["audience"] = Name(options.Audience),
            ["tasks"] = tasks,
            ["medianMs"] = Math.Round(Median, 2),
            ["minMs"] = Math.Round(times.Min(), 2),
            ["maxMs"] = Math.Round(times.Max(), 2),
            ["msPerTask"] = Math.Round(Median / tasks, 4),
            // Of the whole process, the warming up and every repeat.
            ["peakRssMiB"] = Math.Round(self.PeakWorkingSet64 / 1048576.0, 1),
        };
        foreach (var (name, value) in more)
            line[name] = value;
        return JsonSerializer.Serialize(line);
    }

    private static string Name<T>(T value)
        where T : struct, Enum => value.ToString().ToLower(CultureInfo.InvariantCulture);
}
