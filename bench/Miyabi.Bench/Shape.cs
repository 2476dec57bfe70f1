using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Miyabi.Core.Plans;

namespace Miyabi.Bench;

/// <summary>A plan's form: how many tasks each wave has, and which tasks of the wave before each depends on.</summary>
/// <param name="Name">As it was asked for.</param>
/// <param name="Waves">Tasks by wave.</param>
/// <param name="Fan">Dependencies of each task on the wave before: its own place and the next ones, round; 0: all of it.</param>
internal sealed partial record Shape(string Name, ImmutableArray<int> Waves, int Fan)
{
    /// <summary>What a shape may be called, for people.</summary>
    internal const string Forms = "seed15, WxK (W waves of K tasks, each depending on two of the wave before) or WxKxF (the same with F)";

    // Of the reference run.
    private static readonly ImmutableArray<int> Seed15 = [1, 4, 2, 2, 1, 3, 1, 1];

    /// <summary>How many tasks it has.</summary>
    internal int Tasks => Waves.Sum();

    /// <summary>Reads a shape's name; <see langword="null"/> if it is none.</summary>
    internal static Shape? TryParse(string name)
    {
        if (name == "seed15")
            return new Shape(name, Seed15, 0);
        var match = Grid().Match(name);
        if (!match.Success)
            return null;
        var (waves, width) = (Number("waves"), Number("width"));
        var fan = match.Groups["fan"].Success ? Number("fan") : 2;
        return waves < 1 || width < 1 || fan < 1 || fan > width && match.Groups["fan"].Success || (long)waves * width > PlanLimits.MaxTasks
            ? null
            : new Shape(name, [.. Enumerable.Repeat(width, waves)], Math.Min(fan, width));

        int Number(string group) => int.Parse(match.Groups[group].Value, CultureInfo.InvariantCulture);
    }

    /// <summary>The plan's file.</summary>
    internal byte[] Plan()
    {
        var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("name", "bench");
            json.WriteNumber("version", 1);
            json.WriteStartArray("agents");
            WriteAgent(json);
            json.WriteEndArray();
            json.WriteStartObject("policy");
            json.WriteNumber("maxParallel", AtOnce);
            json.WriteEndObject();
            json.WriteStartArray("tasks");
            for (var wave = 0; wave < Waves.Length; wave++)
            {
                for (var task = 0; task < Waves[wave]; task++)
                    WriteTask(json, wave, task);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return buffer.ToArray();
    }

    // As many at once as a wave has tasks, within the plan's limit.
    private int AtOnce => Math.Min(Waves.Max(), PlanLimits.MaxParallel);

    private void WriteAgent(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("id", "agent");
        json.WriteString("kind", "claude");
        json.WriteString("provider", BenchProvider.ProviderName);
        json.WriteNumber("slots", AtOnce);
        json.WriteEndObject();
    }

    private void WriteTask(Utf8JsonWriter json, int wave, int task)
    {
        json.WriteStartObject();
        json.WriteString("id", Id(wave, task));
        json.WriteString("agent", "agent");
        json.WriteString("prompt", "Do nothing.");
        json.WriteStartArray("dependsOn");
        for (var i = 0; wave > 0 && i < (Fan == 0 ? Waves[wave - 1] : Fan); i++)
            json.WriteStringValue(Id(wave - 1, Fan == 0 ? i : (task + i) % Waves[wave - 1]));
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static string Id(int wave, int task) => string.Create(CultureInfo.InvariantCulture, $"t{wave}-{task}");

    [GeneratedRegex(
        "^(?<waves>[0-9]{1,5})x(?<width>[0-9]{1,5})(x(?<fan>[0-9]{1,5}))?$",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000)]
    private static partial Regex Grid();
}
