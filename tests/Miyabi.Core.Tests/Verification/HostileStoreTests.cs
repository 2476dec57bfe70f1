using System.Text;
using System.Text.Json.Nodes;
using Miyabi.Core.Ledger;
using Miyabi.Core.Plans;
using Miyabi.Core.Activities;
using Miyabi.Core.Verification;
using Miyabi.Testing;

namespace Miyabi.Core.Tests.Verification;

/// <summary>Whatever stands in a store, verification comes to a report.</summary>
public class HostileStoreTests(Scene scene) : IClassFixture<Scene>
{
    private static readonly string[] Values =
        ["null", "-1", "2147483647", "1e400", "79228162514264337593543950335", "\"\"", "\"../../x\"", "\"\\ud800\"", "[]", "[null]", "{}", "true", "\"2026-01-31T12:00:00.0000000Z\"",
         "\"P99999999999D\"", "[[[[]]]]", "{\"kind\":\"start\"}", "[{\"kind\":\"finish\",\"outcome\":\"Succeeded\"}]", "[{\"kind\":\"bogus\"}]", "[{\"task\":\"plan\"}]"];

    [Fact]
    public async Task Garbage_AtRandomNames_IsReported()
    {
        var random = new Random(7);
        string[] folders = ["", "steps/", "results/", "control/", "artifacts/", "tasks/plan/1/", "tasks/nobody/7/", "owner-", "deep/er/"];
        var report = await scene.VerifyAsync(files =>
        {
            for (var i = 0; i < 300; i++)
            {
                var garbage = new byte[random.Next(200)];
                random.NextBytes(garbage);
                files[$"{Scene.Folder}{folders[random.Next(folders.Length)]}{random.Next(-5, int.MaxValue)}.json"] = garbage;
            }
        });

        Assert.True(report.Findings.Length > 200);
    }

    [Fact]
    public async Task ManyExtraFiles_AreReportedEachOnce()
    {
        var report = await scene.VerifyAsync(files =>
        {
            for (var i = 0; i < 10_000; i++)
                files[$"{Scene.Folder}extra/{i}"] = [];
        });

        Assert.Equal(10_000, report.Findings.Length);
    }

    [Fact]
    public async Task AnyDocument_FarTooLarge_IsNamed()
    {
        foreach (var name in scene.Evidence)
        {
            var store = new BloatedStore(name);
            foreach (var (file, content) in scene.Files)
                await store.CreateAsync(file, content, default);
            var report = await new RunVerifier(store, scene.Trust).VerifyAsync(Scene.Run, null, default);
            Assert.Equal(name, Assert.Single(report.Findings).Path);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("\0\0\0")]
    [InlineData("""{ "document": {}, "seal": {} }""")]
    public async Task Plan_Garbage_IsTheOneFinding(string content)
    {
        var report = await scene.VerifyAsync(files => files[Scene.Folder + LedgerPath.Plan] = Encoding.UTF8.GetBytes(content));

        Assert.Equal(Scene.Folder + LedgerPath.Plan, Assert.Single(report.Findings).Path);
    }

    [Fact]
    public async Task Run_OfNothingButGarbage_IsReported()
    {
        var store = new InMemoryBlobStore();
        await store.CreateAsync(Scene.Folder + "steps/1.json", new byte[] { 1 }, default);

        var report = await new RunVerifier(store, scene.Trust).VerifyAsync(Scene.Run, null, default);

        Assert.Equal([FindingKind.Missing, FindingKind.Altered], report.Findings.Select(finding => finding.Kind));
    }

    [Fact]
    public async Task Document_MutatedAndSealedByATrustedKey_IsReadOrRefused()
    {
        var random = new Random(2000);
        var names = scene.Documents.ToList();
        var plan = await new RunLedger(Scene.Run, await StoreAsync(scene.Files), new Sealer(scene.Signer), scene.Trust).ReadPlanAsync(default);
        var start = RunRecord.Start(OpenRuns.Compile(plan!.Value), plan.Digest);
        var refused = 0;
        for (var i = 0; i < 2_000; i++)
        {
            var name = names[random.Next(names.Count)];
            var type = SealFormat.Parse(scene.Files[name]).Type;
            var document = Mutated(SealFormat.Parse(scene.Files[name]).Document.ToArray(), random);
            var file = await Scene.SealAsync(scene.Signer, type, document);
            var store = await StoreAsync(new(scene.Files) { [name] = file });
            try
            {
                await ReadAsync(new RunLedger(Scene.Run, store, new Sealer(scene.Signer), scene.Trust), name[Scene.Folder.Length..], start);
            }
            catch (Exception e) when (e is SealException or UntrustedKeyException)
            {
                refused++;
            }
            catch (Exception e)
            {
                Assert.Fail($"{i}: {name}: {Encoding.UTF8.GetString(document)}: {e}");
            }

            var report = await Record.ExceptionAsync(() => new RunVerifier(store, scene.Trust).VerifyAsync(Scene.Run, null, default));
            Assert.True(report is null, $"{i}: {name}: {Encoding.UTF8.GetString(document)}: {report}");
        }

        Assert.InRange(refused, 400, 1_999);
    }

    private static async Task ReadAsync(RunLedger ledger, string path, RunRecord start)
    {
        switch (path)
        {
            case "plan.json":
                RunRecord.Start(OpenRuns.Compile((await ledger.ReadPlanAsync(default))!.Value), "");
                break;
            case "manifest-1.json":
                await ledger.ReadManifestAsync(1, default);
                break;
            case "control/1-approve.json":
                await ledger.ReadControlsAsync(new HashSet<string>(), default);
                break;
            case var owner when owner.StartsWith("owner-", StringComparison.Ordinal):
                await ledger.ReadOwnerAsync(owner[6] - '0', default);
                break;
            case var step when step.StartsWith("steps/", StringComparison.Ordinal):
                var record = start;
                for (var n = 1; await ledger.ReadStepAsync(n, default) is { } next; n++)
                    record = record.With(next);
                break;
            default:
                await ledger.ReadInstructionAsync("plan", 1, default);
                await ledger.ReadClaimAsync("taken", 1, 1, default);
                if (await ledger.ReadResultAsync("plan", 1, AgentKind.Claude, default) is { Value.Payload: { } payload })
                    LedgerJson.DigestOf(payload);
                break;
        }
    }

    private static byte[] Mutated(byte[] document, Random random)
    {
        var root = JsonNode.Parse(document)!;
        for (var changes = random.Next(1, 3); changes > 0; changes--)
        {
            var node = root;
            while (Children(node) is { Count: > 0 } children && random.Next(4) != 0)
            {
                var next = children[random.Next(children.Count)];
                if (next is not (JsonObject or JsonArray))
                    break;
                node = next;
            }

            if (node is JsonObject o && o.Count > 0)
            {
                var key = o.ElementAt(random.Next(o.Count)).Key;
                if (random.Next(3) == 0)
                    o.Remove(key);
                else
                    o[key] = Value(random);
            }
            else if (node is JsonArray a)
            {
                a.Add(Value(random));
            }
        }

        // Written by hand, because lone surrogates have no other way through.
        return Encoding.UTF8.GetBytes(root.ToJsonString().Replace("\"LONE\"", "\"\\ud800\"", StringComparison.Ordinal));
    }

    private static JsonNode? Value(Random random)
    {
        var value = Values[random.Next(Values.Length)];
        return value.Contains("ud800", StringComparison.Ordinal) ? JsonValue.Create("LONE") : JsonNode.Parse(value);
    }

    private static List<JsonNode?> Children(JsonNode node) => node switch
    {
        JsonObject o => [.. o.Select(field => field.Value)],
        JsonArray a => [.. a],
        _ => [],
    };

    private static async Task<InMemoryBlobStore> StoreAsync(Dictionary<string, byte[]> files)
    {
        var store = new InMemoryBlobStore();
        foreach (var (name, content) in files.Where(file => file.Key.StartsWith(Scene.Folder, StringComparison.Ordinal)))
            await store.CreateAsync(name, content, default);
        return store;
    }

    private sealed class BloatedStore(string bloated) : InMemoryBlobStore
    {
        public override Task<byte[]?> ReadAsync(string name, long maxBytes, CancellationToken cancellationToken) => name == bloated
            ? throw new StoreException(StoreFault.TooLarge, $"{name} has 209715200 bytes; {maxBytes} are allowed.")
            : base.ReadAsync(name, maxBytes, cancellationToken);
    }
}
