using System.Globalization;
using System.Text.Json;
using Xunit.Abstractions;

namespace Miyabi.Cli.Tests.EndToEnd;

/// <summary>SIGKILL of the real process at random moments, and <c>resume</c> from what it left: in place, or from a copy of the folder.</summary>
public sealed class KillTests(ITestOutputHelper output) : IDisposable
{
    private const int Moments = 12;
    private const int AtOnce = 2;

    private readonly CliSandbox undisturbed = new();

    public void Dispose() => undisturbed.Dispose();

    [UnixFact]
    public async Task Resume_AfterSigkillAtRandomMoments_EndsTheRunWithEveryTaskAcceptedOnce()
    {
        var seed = int.TryParse(Environment.GetEnvironmentVariable("MIYABI_TEST_SEED"), CultureInfo.InvariantCulture, out var given) ? given : Random.Shared.Next();
        output.WriteLine($"Seed {seed}; MIYABI_TEST_SEED={seed} does the same again.");
        CountingPlan.Write(undisturbed);
        await undisturbed.SucceedAsync("run", "counting.json", "--run-id", "r");
        var contentRoot = await ProvenContentRootAsync(undisturbed, ".miyabi");
        var documents = FilesIn(Path.Combine(undisturbed[".miyabi"], "runs", "r"));

        // A moment is a number of documents, spread over the whole run from before the first, and up to some milliseconds after the last of them.
        var random = new Random(seed);
        var moments = Enumerable.Range(0, Moments).Select(i => (
            Number: i, Documents: (documents * i / (Moments - 1)) - 1 + random.Next(2), Delay: TimeSpan.FromMilliseconds(random.Next(25)), Copy: i % 2 == 1)).ToList();
        var interrupted = 0;
        await Parallel.ForEachAsync(moments, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (moment, _) =>
        {
            try
            {
                if (await KillAndResumeAsync(moment.Documents, moment.Number <= Moments / 2, moment.Delay, moment.Copy, contentRoot))
                    Interlocked.Increment(ref interrupted);
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"Seed {seed}, moment {moment}: {e.Message}", e);
            }
        });

        // The last moments may be after the end; had most been, nothing would have been shown.
        output.WriteLine($"{interrupted} of {Moments} were killed before the end.");
        Assert.True(interrupted >= Moments / 2, $"only {interrupted} of {Moments} runs were killed before their end");
    }

    /// <returns>Whether the run had not ended when it was killed.</returns>
    private static async Task<bool> KillAndResumeAsync(int documents, bool isBeforeTheEnd, TimeSpan delay, bool copy, string contentRoot)
    {
        using var sandbox = new CliSandbox();
        CountingPlan.Write(sandbox);
        // However late we look, the run has not ended by then.
        if (isBeforeTheEnd)
            CountingPlan.Hold(sandbox, "i");
        using (var process = sandbox.Start(CliSandbox.Command("run", "counting.json", "--run-id", "r")))
        {
            var run = Path.Combine(sandbox[".miyabi"], "runs", "r");
            while (!process.HasEnded && FilesIn(run) <= documents)
                await Task.Delay(1);
            await Task.Delay(delay); // a random moment between two documents, not a wait for something
            process.Kill();
            await process.EndAsync();
        }

        if (isBeforeTheEnd)
            CountingPlan.Release(sandbox, "i");
        var store = ".miyabi";
        if (copy)
        {
            store = "copied";
            FolderCopy.Make(sandbox[".miyabi"], sandbox[store]);
            Directory.Delete(sandbox[".miyabi"], recursive: true);
        }

        var left = Path.Combine(sandbox[store], "runs", "r");
        var ended = File.Exists(Path.Combine(left, "manifest-1.json"));
        var results = FolderCopy.Snapshot(Path.Combine(left, "results"));
        if (!File.Exists(Path.Combine(left, "plan.json")))
        {
            // Killed before the plan was accepted: there is no run, and the same command makes one.
            await sandbox.SucceedAsync("run", "counting.json", "--run-id", "r", "--store", store);
        }
        else
        {
            var resumed = await sandbox.RunAsync("resume", "r", "--store", store);
            Assert.True(resumed.Code == 0, resumed.ToString());
        }

        Assert.Equal(contentRoot, await ProvenContentRootAsync(sandbox, store));
        AssertEveryTaskWasAcceptedOnce(left);
        AssertNoEndedAttemptRanAgain(sandbox, left, results);
        return !ended;
    }

    private static async Task<string> ProvenContentRootAsync(CliSandbox sandbox, string store)
    {
        var report = PublishedSchema.Check("verify", await sandbox.SucceedAsync("verify", "r", "--json", "--store", store));
        Assert.True(report.GetProperty("proven").GetBoolean());
        return report.GetProperty("contentRoot").GetString()!;
    }

    private static void AssertEveryTaskWasAcceptedOnce(string run)
    {
        List<string> accepted = [];
        foreach (var file in Directory.EnumerateFiles(Path.Combine(run, "steps"), "*.json"))
        {
            using var step = JsonDocument.Parse(File.ReadAllText(file));
            foreach (var ending in step.RootElement.GetProperty("document").GetProperty("endings").EnumerateArray().Where(ending => ending.TryGetProperty("payload", out _)))
                accepted.Add(ending.GetProperty("ending").GetProperty("task").GetString()!);
        }

        Assert.Equal(["a", "b", "c", "d", "e", "f", "g", "h", "i"], accepted.Order(StringComparer.Ordinal));
    }

    private static void AssertNoEndedAttemptRanAgain(CliSandbox sandbox, string run, SortedDictionary<string, string> results)
    {
        var after = FolderCopy.Snapshot(Path.Combine(run, "results"));
        var marks = CountingPlan.Marks(sandbox);
        foreach (var (file, digest) in results.Where(result => result.Key.EndsWith("_result.json", StringComparison.Ordinal)))
        {
            Assert.Equal(digest, after[file]);
            using var result = JsonDocument.Parse(File.ReadAllText(Path.Combine(run, "results", file)));
            var document = result.RootElement.GetProperty("document");
            var attempt = $"{document.GetProperty("task").GetString()}.{document.GetProperty("attempt").GetInt32()}";
            Assert.True(marks[attempt] == 1, $"attempt {attempt} had ended, and was carried out {marks[attempt]} times");
        }

        Assert.Equal(CountingPlan.Tasks + 1, after.Count);
    }

    private static int FilesIn(string folder)
    {
        try
        {
            return Directory.EnumerateFiles(folder, "*.json", SearchOption.AllDirectories).Count();
        }
        catch (IOException)
        {
            return 0; // not there yet, or changed while we looked
        }
    }
}
