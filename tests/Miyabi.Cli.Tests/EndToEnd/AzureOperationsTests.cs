using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Miyabi.Testing.Azurite;
using Xunit.Abstractions;

namespace Miyabi.Cli.Tests.EndToEnd;

/// <summary>How many requests a run costs in Azure, where each is paid for: counted from Azurite's own log.</summary>
public sealed partial class AzureOperationsTests(ITestOutputHelper output) : IAsyncLifetime, IDisposable
{
    private const int Waves = 10;
    private const int TasksInAWave = 10;
    private const int Tasks = Waves * TasksInAWave;

    // The issue's limit: documents written and results, instructions and claims read, for a task on average.
    private const double MostWritesAndVerificationReads = 5;

    private readonly CliSandbox sandbox = new();
    private AzuriteProcess? azurite;

    public async Task InitializeAsync() => azurite = await AzuriteProcess.StartAsync();

    public async Task DisposeAsync() => await azurite!.DisposeAsync();

    public void Dispose() => sandbox.Dispose();

    [Fact]
    public async Task Run_100Tasks_Costs5WritesAndVerificationReadsATaskAtMost()
    {
        sandbox.Write("hundred.json", Plan());
        var store = azurite!.Address("operations");
        await sandbox.SucceedAsync("run", "hundred.json", "--run-id", "r", "--speed", "1000", "--store", store);
        var requests = await azurite.RequestsAsync();

        var counts = LedgerRequests.Count(requests, "r");
        foreach (var (kind, count) in counts)
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{kind,-16} {count,6} {(double)count / Tasks,8:0.00} a task"));
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{"in all",-16} {requests.Count,6} {(double)requests.Count / Tasks,8:0.00} a task"));
        foreach (var group in requests.GroupBy(ShapeOf).OrderByDescending(group => group.Count()).Take(30))
            output.WriteLine($"  {group.Count(),6}  {group.Key}");

        // A count that misses what must be there would be worth nothing.
        Assert.True(counts[LedgerRequestKind.DocumentWrite] >= 2 * Tasks, "each task has an instruction and a result");
        Assert.True(counts[LedgerRequestKind.VerificationRead] >= Waves, "the store is asked for the results of each wave");
        Assert.DoesNotContain(LedgerRequestKind.Other, counts.Keys);
        var cost = (double)(counts[LedgerRequestKind.DocumentWrite] + counts[LedgerRequestKind.VerificationRead]) / Tasks;
        Assert.True(cost <= MostWritesAndVerificationReads, $"{cost} writes and verification reads a task; {MostWritesAndVerificationReads} are allowed");
    }

    // The same for every task: 'GET 404 runs/r/tasks/*/*/instruction.json'.
    private static string ShapeOf(AzuriteRequest request)
    {
        var blob = request.Blob.Length == 0 ? $"?{request.Query.Split('&').FirstOrDefault(part => part.StartsWith("prefix=", StringComparison.Ordinal))}" : request.Blob;
        return $"{request.Method} {request.Status} {Varying().Replace(blob, "*")}";
    }

    [GeneratedRegex("t[0-9]+-[0-9]+|[0-9a-f]{16,}|[0-9]+", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Varying();

    // Each wave depends on the one before: task i of a wave on tasks i and i + 1.
    private static string Plan()
    {
        var tasks =
            from wave in Enumerable.Range(1, Waves)
            from number in Enumerable.Range(0, TasksInAWave)
            let dependsOn = wave == 1 ? [] : new[] { $"t{wave - 1}-{number}", $"t{wave - 1}-{(number + 1) % TasksInAWave}" }
            select new { id = $"t{wave}-{number}", agent = new { kind = number % 2 == 0 ? "claude" : "codex" }, dependsOn, prompt = $"Work {number} of wave {wave}." };
        return JsonSerializer.Serialize(new
        {
            name = "hundred",
            version = 1,
            agents = Enumerable.Range(1, TasksInAWave / 2).SelectMany(i => new[]
            {
                new { id = $"CCG-{i}", kind = "claude", provider = "simulated" }, new { id = $"CG-{i}", kind = "codex", provider = "simulated" },
            }),
            policy = new { schedule = "waves", maxParallel = TasksInAWave },
            tasks,
        });
    }
}
