using System.Text;
using System.Text.Json.Nodes;
using Miyabi.Core.Ledger;
using Miyabi.Core.Verification;

namespace Miyabi.Core.Tests.Verification;

/// <summary>Every way to tamper with one document of a finished run is found, and named by the document's path alone.</summary>
public class TamperingTests(Scene scene) : IClassFixture<Scene>
{
    [Fact]
    public async Task FinishedRun_Untouched_IsProven()
    {
        var report = await scene.VerifyAsync(_ => { });

        Assert.Empty(report.Findings);
        Assert.True(report.IsProven);
        Assert.Equal(scene.All.Count(name => !name.Contains("/artifacts/")), report.Documents);
        Assert.Equal(scene.Signer.KeyId, Assert.Single(report.Keys));
    }

    [Fact]
    public void FinishedRun_OfTheTests_HasEveryKindOfDocument()
    {
        string[] expected = ["plan.json", "owner-2.json", "manifest-1.json", "control/1-approve.json", "tasks/taken/1/claim-1.json",
            "results/code_codex_result.json", "results/code_attempt-2_codex_result.json", "results/refused_result.json", "tasks/gated/1/instruction.json", "steps/6.json"];
        Assert.Empty(expected.Select(path => Scene.Folder + path).Except(scene.All));
    }

    [Fact]
    public async Task AnyBit_Flipped_IsNamed()
    {
        var random = new Random(20260131);
        foreach (var name in scene.Evidence)
        {
            for (var i = 0; i < 12; i++)
            {
                var at = random.Next(scene.Files[name].Length * 8);
                var report = await scene.VerifyAsync(files => files[name] = Flipped(files[name], at));
                // In the key's id, a flipped bit makes another id; anywhere else, it breaks the file.
                Named(report, name, $"bit {at}", FindingKind.Altered, FindingKind.UnknownKey);
            }
        }
    }

    [Fact]
    public async Task AnyDocument_Deleted_IsMissing()
    {
        foreach (var name in scene.Evidence)
            Named(await scene.VerifyAsync(files => files.Remove(name)), name, "deleted", FindingKind.Missing);
    }

    [Fact]
    public async Task AnyTwo_Swapped_AreBothNamed()
    {
        var names = scene.Evidence;
        for (var i = 0; i < names.Count; i++)
        {
            for (var j = i + 1; j < names.Count; j++)
            {
                var (a, b) = (names[i], names[j]);
                var report = await scene.VerifyAsync(files => (files[a], files[b]) = (files[b], files[a]));
                Assert.False(report.IsProven);
                Assert.Equal([a, b], report.Findings.Select(finding => finding.Path));
                var kind = a.Contains("/artifacts/") || b.Contains("/artifacts/") ? [FindingKind.Altered, FindingKind.Replayed] : new[] { FindingKind.Swapped };
                Assert.All(report.Findings, finding => Assert.Contains(finding.Kind, kind));
            }
        }
    }

    [Fact]
    public async Task AnyDocument_FromAnotherRun_IsReplayed()
    {
        foreach (var name in scene.Documents)
        {
            var other = scene.Files[name.Replace(Scene.Folder, "runs/run-2/", StringComparison.Ordinal)];
            Named(await scene.VerifyAsync(files => files[name] = other), name, "of run-2", FindingKind.Replayed);
        }
    }

    [Fact]
    public async Task AnyDocument_OfTheSameRunIdElsewhere_IsNamed()
    {
        foreach (var name in scene.Documents)
            Named(await scene.VerifyAsync(files => files[name] = scene.Elsewhere[name]), name, "of another store", FindingKind.Altered);
    }

    [Fact]
    public async Task AnyDocument_InAnothersPlace_IsReplayed()
    {
        foreach (var name in scene.Documents)
        {
            foreach (var other in scene.Documents.Where(other => other != name))
                Named(await scene.VerifyAsync(files => files[name] = files[other]), name, $"a copy of {other}", FindingKind.Replayed);
        }
    }

    [Fact]
    public async Task AnyDocument_SealedByAStranger_IsUnknownKey()
    {
        using var stranger = new Miyabi.Testing.Runs.TestSigner();
        foreach (var name in scene.Documents)
        {
            var parsed = SealFormat.Parse(scene.Files[name]);
            var file = await Scene.SealAsync(stranger, parsed.Type, parsed.Document.ToArray());
            Named(await scene.VerifyAsync(files => files[name] = file), name, "stranger", FindingKind.UnknownKey);
        }
    }

    [Fact]
    public async Task AnyDocument_SealedByAKeyOfAnotherRole_IsUnknownKey()
    {
        foreach (var name in scene.Documents.Where(name => !name.Contains("/control/")))
        {
            var parsed = SealFormat.Parse(scene.Files[name]);
            var file = await Scene.SealAsync(scene.ControlSigner, parsed.Type, parsed.Document.ToArray());
            Named(await scene.VerifyAsync(files => files[name] = file), name, "control key", FindingKind.UnknownKey);
        }
    }

    [Fact]
    public async Task AnyDocument_SealedAgainUnchanged_IsProven()
    {
        // Digests name documents, not signatures: a second good signature changes nothing.
        foreach (var name in scene.Documents)
        {
            var parsed = SealFormat.Parse(scene.Files[name]);
            var file = await Scene.SealAsync(scene.Signer, parsed.Type, parsed.Document.ToArray());
            Assert.NotEqual(scene.Files[name], file);
            Assert.True((await scene.VerifyAsync(files => files[name] = file)).IsProven);
        }
    }

    [Fact]
    public async Task AnyField_ChangedAndSealedByATrustedKey_IsNamed()
    {
        foreach (var name in scene.Documents)
        {
            foreach (var field in Fields(JsonNode.Parse(SealFormat.Parse(scene.Files[name]).Document.Span)!))
            {
                var file = await scene.ResealAsync(scene.Files[name], document => Change(document, field));
                Named(await scene.VerifyAsync(files => files[name] = file), name, field, FindingKind.Altered, FindingKind.Replayed);
            }
        }
    }

    [Fact]
    public async Task Manifest_WithAnotherDigestAndARootToMatch_IsNamed()
    {
        var name = scene.All.Last(name => name.Contains("/manifest-"));
        var manifest = LedgerJson.Read<ManifestDocument>(SealFormat.Parse(scene.Files[name]).Document.Span);
        var last = LedgerPath.Step(manifest.Documents.Count(entry => entry.Path.StartsWith(LedgerPath.Steps, StringComparison.Ordinal)));
        // Owners and the last step are named by the manifest alone: where the two differ, nobody can say which was replaced.
        foreach (var entry in manifest.Documents.Where(entry => entry.Path != last && !entry.Path.StartsWith("owner-", StringComparison.Ordinal)))
        {
            var documents = manifest.Documents.Replace(entry, entry with { Sha256 = new string('0', 64) });
            var changed = manifest with { Documents = documents, Root = Manifest.Root(documents, manifest.ContentRoot) };
            var file = (await new Sealer(scene.Signer).SealAsync(DocumentTypes.Manifest, changed, default)).File.ToArray();
            Named(await scene.VerifyAsync(files => files[name] = file), name, entry.Path, FindingKind.Altered);
        }
    }

    [Fact]
    public async Task AnyFile_PropertiesReorderedOrDoubled_IsAltered()
    {
        foreach (var name in scene.Documents)
        {
            var parts = JsonNode.Parse(scene.Files[name])!.AsObject();
            var (document, seal) = (parts["document"]!.ToJsonString(), parts["seal"]!.ToJsonString());
            string[] variants =
            [
                $$"""{"seal":{{seal}},"document":{{document}}}""",
                $$"""{"document":{{document}},"document":{{document}},"seal":{{seal}}}""",
                $$"""{"document":{{document}},"seal":{{seal}},"seal":{{seal}}}""",
                Encoding.UTF8.GetString(scene.Files[name]) + Encoding.UTF8.GetString(scene.Files[name]),
            ];
            foreach (var variant in variants)
                Named(await scene.VerifyAsync(files => files[name] = Encoding.UTF8.GetBytes(variant)), name, variant[..20], FindingKind.Altered);
        }
    }

    [Theory]
    [InlineData("results/plan_result.json", "results/plan_attempt-9_result.json", "attempt", "9")]
    [InlineData("results/plan_result.json", "results/ghost_result.json", "task", "\"ghost\"")]
    [InlineData("tasks/plan/1/instruction.json", "tasks/plan/9/instruction.json", "attempt", "9")]
    [InlineData("steps/1.json", "steps/99.json", "step", "99")]
    [InlineData("plan.json", "plan-2.json", "run", "\"run-1\"")]
    [InlineData("manifest-1.json", "manifest-9.json", "generation", "9")]
    public async Task Document_ThatNothingSpeaksOf_IsUnexpected(string from, string to, string field, string value)
    {
        var file = await scene.ResealAsync(scene.Files[Scene.Folder + from], document => document[field] = JsonNode.Parse(value));

        Named(await scene.VerifyAsync(files => files[Scene.Folder + to] = file), Scene.Folder + to, "added", FindingKind.Unexpected);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Step_AfterTheEnd_IsUnexpected(bool follows)
    {
        var last = scene.All.Count(name => name.Contains("/steps/"));
        var final = scene.Files[$"{Scene.Folder}steps/{last}.json"];
        var file = await scene.ResealAsync(final, document =>
        {
            document["step"] = last + 1;
            if (follows)
                document["previous"] = SealFormat.Parse(final).Digest;
        });
        var name = $"{Scene.Folder}steps/{last + 1}.json";

        Named(await scene.VerifyAsync(files => files[name] = file), name, "after the end", FindingKind.Unexpected);
    }

    [Fact]
    public async Task Artifact_Extra_IsCheckedByItsName()
    {
        var wrong = Scene.Folder + LedgerPath.Artifact(new string('a', 64));
        var noHash = Scene.Folder + LedgerPath.Artifact("notes.txt");

        Named(await scene.VerifyAsync(files => files[wrong] = [1, 2, 3]), wrong, "wrong content", FindingKind.Altered);
        Named(await scene.VerifyAsync(files => files[noHash] = [1, 2, 3]), noHash, "no hash", FindingKind.Unexpected);
    }

    private static void Named(VerificationReport report, string name, string what, params FindingKind[] kinds)
    {
        var findings = string.Join("; ", report.Findings);
        Assert.False(report.IsProven, $"{name} ({what}): proven");
        Assert.True(report.Findings.Length == 1 && report.Findings[0].Path == name && kinds.Contains(report.Findings[0].Kind), $"{name} ({what}): {findings}");
    }

    internal static byte[] Flipped(byte[] file, int bit)
    {
        var copy = file.ToArray();
        copy[bit / 8] ^= (byte)(1 << (bit % 8));
        return copy;
    }

    private static IEnumerable<string> Fields(JsonNode node, string path = "") => node switch
    {
        JsonObject o => o.Where(field => field.Value is not null).SelectMany(field => Fields(field.Value!, $"{path}/{field.Key}".TrimStart('/'))),
        JsonArray { Count: > 0 } a => Fields(a[0]!, $"{path}/0").Append($"{path}/+"),
        JsonArray => [],
        _ => [path],
    };

    private static void Change(JsonNode document, string field)
    {
        var parts = field.Split('/');
        var node = document;
        foreach (var part in parts[..^1])
            node = node is JsonArray array ? array[int.Parse(part)]! : node![part]!;
        if (parts[^1] == "+")
        {
            node.AsArray().RemoveAt(0);
            return;
        }

        var old = node is JsonArray list ? list[int.Parse(parts[^1])]! : node![parts[^1]]!;
        JsonNode changed = old.GetValueKind() switch
        {
            System.Text.Json.JsonValueKind.True => false,
            System.Text.Json.JsonValueKind.False => true,
            System.Text.Json.JsonValueKind.Number => old.GetValue<decimal>() + 1,
            _ => Other(old.GetValue<string>()),
        };
        if (node is JsonArray elements)
            elements[int.Parse(parts[^1])] = changed;
        else
            node![parts[^1]] = changed;
    }

    // Another text of the same form: a digit becomes another digit, a letter another letter.
    private static string Other(string text)
    {
        var at = text.AsSpan().IndexOfAnyInRange('0', '8');
        return at >= 0 ? $"{text[..at]}{(char)(text[at] + 1)}{text[(at + 1)..]}" : text + "x";
    }
}
