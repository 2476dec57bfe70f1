using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Miyabi.Core.Ledger;
using Miyabi.Core.Plans;
using Miyabi.Core.Scheduling;
using Miyabi.Wire;

namespace Miyabi.Cli.Tests.EndToEnd;

/// <summary>Large runs whose agents are models, while the providers fail again and again and the runner is killed: everything is done, and paid once.</summary>
public sealed class ModelStormTests
{
    private static readonly WireScenario[] Transient =
        [WireScenario.ServerError, WireScenario.Overloaded, WireScenario.Cut, WireScenario.GatewayAway, WireScenario.Dropped, WireScenario.RateLimited];

    // The limiter waits these out within an attempt.
    private static readonly WireScenario[] TurnedAway = [WireScenario.Overloaded, WireScenario.GatewayAway, WireScenario.RateLimited, WireScenario.RateLimitedFor7s];

    [Fact]
    public async Task ReferencePlan_WithAFifthOfCallsFailing_IsDoneAndProven()
    {
        await using var user = await ModelUser.StartAsync();
        var plan = ModelUser.ReferencePlan();
        var tasks = plan["tasks"]!.AsArray().Select(task => (string)task!["id"]!).ToList();
        var failures = Failures(tasks, share: 5, seed: 13, Transient);
        var left = failures.ToDictionary(pair => pair.Key, pair => new ConcurrentQueue<WireScenario>(pair.Value));
        user.Decide = call => left[ModelAnswers.TaskOf(call)].TryDequeue(out var scenario) ? scenario : WireScenario.Success;
        user.Sandbox.Write("plan.json", plan.ToJsonString());

        var run = JsonElement.Parse(await user.Sandbox.SucceedAsync("run", "plan.json", "--run-id", "r", "--json"));

        Assert.Equal(Transient.Order(), failures.Values.SelectMany(of => of).Distinct().Order());
        Assert.InRange(failures.Values.Sum(of => of.Count), user.Received.Count / 5, user.Received.Count / 3);
        Assert.Equal(failures.ToDictionary(pair => pair.Key, pair => pair.Value.Count + 1), ModelUser.ByTask(user.Received));
        Assert.Equal(tasks.ToDictionary(id => id, _ => 1), ModelUser.ByTask(user.Answered));
        // Waiting is not an attempt.
        Assert.Equal(
            tasks.Select(id => (id, "accepted", 1 + failures[id].Count(failure => !TurnedAway.Contains(failure)))),
            run.GetProperty("tasks").EnumerateArray().Select(task => (task.GetProperty("id").GetString()!, task.GetProperty("phase").GetString()!, task.GetProperty("attempt").GetInt32())));
        // A second attempt goes to another agent, where there is one.
        Assert.Equal(15, Directory.EnumerateFiles(user.Sandbox[".miyabi/runs/r/tasks"], "instruction.json", SearchOption.AllDirectories).Select(AgentOf).Distinct().Count());
        Assert.All(run.GetProperty("tasks").EnumerateArray(), task => Assert.EndsWith("-api", task.GetProperty("provider").GetString()));
        await user.ProvenAsync(RunOutcome.Succeeded);
    }

    [UnixFact]
    public async Task SixtyTasks_RateLimitedAndKilled_AreDoneAndNoEndedAttemptIsPaidTwice()
    {
        const int KilledAt = 20;
        await using var user = await ModelUser.StartAsync();
        var (plan, tasks) = SixtyTasks();
        user.Sandbox.Write("plan.json", plan);
        var failures = Failures(tasks, share: 10, seed: 1, [WireScenario.RateLimitedFor7s]);
        var left = failures.ToDictionary(pair => pair.Key, pair => new ConcurrentQueue<WireScenario>(pair.Value));
        var due = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var (calls, isKilled) = (0, false);
        user.Decide = call =>
        {
            // From then on nobody is answered before the runner is dead: some attempts are surely open.
            if (Interlocked.Increment(ref calls) >= KilledAt && !Volatile.Read(ref isKilled))
            {
                due.TrySetResult();
                return WireScenario.Slow;
            }

            return left[ModelAnswers.TaskOf(call)].TryDequeue(out var scenario) ? scenario : WireScenario.Success;
        };
        using (var runner = user.Sandbox.Start(CliSandbox.Command("run", "plan.json", "--run-id", "r")))
        {
            await due.Task.WaitAsync(TimeSpan.FromMinutes(2));
            runner.Kill();
            await runner.EndAsync();
        }

        await user.QuietAsync();
        Volatile.Write(ref isKilled, true);
        var results = user.Sandbox[".miyabi/runs/r/results"];
        var stood = FolderCopy.Snapshot(results);
        var ended = stood.Keys.Select(file => TaskOf(Path.Combine(results, file))).ToList();
        var open = Directory.EnumerateDirectories(user.Sandbox[".miyabi/runs/r/tasks"]).Select(folder => Path.GetFileName(folder)!).Except(ended).ToList();
        var paid = ModelUser.ByTask(user.Answered);
        var before = user.Received.ToHashSet(ReferenceEqualityComparer.Instance);
        // What depends on others is called when these have ended.
        Assert.InRange(ended.Count, 1, KilledAt - 1);
        Assert.All(ended, task => Assert.Equal(1, paid[task]));

        await user.Sandbox.SucceedAsync("resume", "r");

        var after = user.Received.Where(call => !before.Contains(call)).ToList();
        Assert.Empty(after.Select(ModelAnswers.TaskOf).Intersect(ended));
        Assert.All(stood, result => Assert.Equal(result.Value, FolderCopy.Snapshot(results)[result.Key]));
        var broken = open.Select(task => user.Sandbox[$".miyabi/runs/r/{LedgerPath.Result(task, 1, KindOf(task))}"]).ToList();
        Assert.All(broken, file => Assert.Equal("interrupted", Document(file).GetProperty("failure").GetProperty("kind").GetString()));
        var accepted = Directory.EnumerateFiles(results).Except(broken).Select(TaskOf).ToList();
        Assert.Equal(tasks.Order(StringComparer.Ordinal), accepted.Order(StringComparer.Ordinal));
        // Whole answers whose result nobody had written down are the only ones that are asked for again, and once, as another attempt.
        Assert.Equal(
            tasks.ToDictionary(id => id, id => 1 + (ended.Contains(id) ? 0 : paid.GetValueOrDefault(id))),
            ModelUser.ByTask(user.Answered));
        Assert.All(left.Values, Assert.Empty);
        Assert.InRange(failures.Values.Sum(of => of.Count) * 100 / user.Received.Count, 8, 15);
        await user.ProvenAsync(RunOutcome.Succeeded);
    }

    // For each task, how its calls fail one after the other until one succeeds: by a seed, whatever order they come in.
    private static Dictionary<string, List<WireScenario>> Failures(IReadOnlyList<string> tasks, int share, int seed, WireScenario[] kinds)
    {
        var random = new Random(seed);
        var next = 0;
        return tasks.ToDictionary(id => id, _ =>
        {
            List<WireScenario> failures = [];
            while (random.Next(share) == 0)
                failures.Add(kinds[next++ % kinds.Length]);
            return failures;
        });
    }

    private static (string Plan, List<string> Tasks) SixtyTasks()
    {
        var ids = Enumerable.Range(1, 60).Select(number => $"t{number}").ToList();
        var plan = new JsonObject
        {
            ["name"] = "sixty",
            ["version"] = 1,
            ["agents"] = new JsonArray([.. Enumerable.Range(1, 25).Select(number => new JsonObject { ["id"] = $"A{number}", ["kind"] = number % 2 == 0 ? "claude" : "codex" })]),
            ["policy"] = new JsonObject { ["schedule"] = "ready", ["maxParallel"] = 25 },
            // Of ten at first, each of the others waits for two.
            ["tasks"] = new JsonArray([.. ids.Select((id, at) => new JsonObject
            {
                ["id"] = id,
                ["agent"] = $"A{(at % 25) + 1}",
                ["prompt"] = "Do your part.",
                ["dependsOn"] = at < 10 ? [] : new JsonArray(ids[at - 10], ids[at - 7 - (at % 3)]),
                ["writes"] = new JsonArray($"{id}/**"),
            })]),
        };
        return (plan.ToJsonString(), ids);
    }

    private static AgentKind KindOf(string task) => (int.Parse(task.AsSpan(1), CultureInfo.InvariantCulture) - 1) % 25 % 2 == 0 ? AgentKind.Codex : AgentKind.Claude;

    private static string AgentOf(string instruction) => Document(instruction).GetProperty("agent").GetString()!;

    private static string TaskOf(string result)
    {
        var document = Document(result);
        Assert.Equal("succeeded", document.GetProperty("outcome").GetString());
        return document.GetProperty("task").GetString()!;
    }

    private static JsonElement Document(string file) => JsonElement.Parse(File.ReadAllText(file)).GetProperty("document");
}
