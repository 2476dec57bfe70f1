using System.Text.Json;

namespace Miyabi.Cli.Tests.EndToEnd;

/// <summary>The benchmark measures what it says, and says it in one line. How quick things are is nobody's test.</summary>
public sealed class BenchTests : IDisposable
{
    private readonly CliSandbox sandbox = new();

    public void Dispose() => sandbox.Dispose();

    [Theory]
    [InlineData("memory", "waves", "flush")]
    [InlineData("directory", "ready", "process")]
    [InlineData("directory", "waves", "flush")]
    public async Task Run_SmallShape_PrintsOneLineWithEveryFigure(string store, string schedule, string durability)
    {
        var line = await MeasureAsync("--shape", "seed15", "--store", store, "--schedule", schedule, "--durability", durability);

        Assert.Equal("seed15", line.GetProperty("shape").GetString());
        Assert.Equal(store, line.GetProperty("store").GetString());
        Assert.Equal(schedule, line.GetProperty("schedule").GetString());
        Assert.Equal(durability, line.GetProperty("durability").GetString());
        Assert.Equal(15, line.GetProperty("tasks").GetInt32());
        // An instruction, a result, and the result read back: less would be a run with something switched off.
        Assert.True(line.GetProperty("storeOperationsPerTask").GetDouble() >= 3, line.ToString());
        Assert.True(line.GetProperty("bytesPerTask").GetDouble() > 1024, line.ToString());
        foreach (var figure in new[] { "medianMs", "msPerTask", "peakRssMiB" })
            Assert.True(line.GetProperty(figure).GetDouble() > 0, figure);
        Assert.Empty(Directory.GetFileSystemEntries(sandbox["tmp"], "miyabi-bench-*"));
    }

    [Theory]
    [InlineData("many", "runs")]
    [InlineData("watching", "watchedOverUnwatched")]
    [InlineData("plan", "dependencies")]
    [InlineData("verify", "rssBeforeMiB")]
    public async Task Subject_SmallShape_PrintsItsOwnFigure(string subject, string figure)
    {
        var line = await MeasureAsync("--subject", subject, "--shape", "2x3", "--runs", "2");

        Assert.Equal(subject, line.GetProperty("subject").GetString());
        Assert.True(line.GetProperty(figure).GetDouble() > 0, line.ToString());
    }

    [Theory]
    [InlineData("--shape", "0x5")]
    [InlineData("--shape", "101x100")]
    [InlineData("--shape", "seed16")]
    [InlineData("--repeats", "0")]
    [InlineData("--durability", "maybe")]
    public async Task Measure_BadOption_SaysWhatIsWrong(string option, string value)
    {
        var ended = await StartAsync(option, value);

        Assert.NotEqual(0, ended.Code);
        Assert.NotEmpty(ended.Error);
        Assert.DoesNotContain("   at ", ended.Error, StringComparison.Ordinal);
    }

    private async Task<JsonElement> MeasureAsync(params string[] arguments)
    {
        var ended = await StartAsync([.. arguments, "--repeats", "1"]);
        Assert.True(ended.Code == 0, ended.ToString());
        using var line = JsonDocument.Parse(ended.Output);
        return line.RootElement.Clone();
    }

    private Task<CliResult> StartAsync(params string[] arguments) =>
        sandbox.Start([.. CliSandbox.Program("Miyabi.Bench.dll"), .. arguments, "--folder", sandbox["tmp"]]).EndAsync();
}
