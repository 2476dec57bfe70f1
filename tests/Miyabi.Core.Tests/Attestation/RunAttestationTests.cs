using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Miyabi.Core.Attestation;
using Miyabi.Core.Ledger;
using Miyabi.Core.Tests.Verification;
using Miyabi.Core.Verification;
using Miyabi.Testing;
using Miyabi.Testing.Runs;

namespace Miyabi.Core.Tests.Attestation;

public sealed class RunAttestationTests(Scene scene) : IClassFixture<Scene>, IDisposable
{
    private readonly TestSigner signer = new();

    public void Dispose() => signer.Dispose();

    [Fact]
    public async Task Envelope_IsDsseOnOneLine()
    {
        var line = Encoding.UTF8.GetString(await AttestAsync());

        Assert.Equal(line.Length - 1, line.IndexOf('\n', StringComparison.Ordinal));
        using var envelope = JsonDocument.Parse(line);
        Assert.Equal(["payloadType", "payload", "signatures"], envelope.RootElement.EnumerateObject().Select(property => property.Name));
        Assert.Equal("application/vnd.in-toto+json", envelope.RootElement.GetProperty("payloadType").GetString());
        var signature = Assert.Single(envelope.RootElement.GetProperty("signatures").EnumerateArray());
        Assert.Equal(["keyid", "sig"], signature.EnumerateObject().Select(property => property.Name));
        Assert.Equal(signer.KeyId, signature.GetProperty("keyid").GetString());
    }

    [Fact]
    public async Task Signature_HoldsForWhoKnowsTheStandardsAlone()
    {
        var (payload, signature) = Open(await AttestAsync());

        Assert.True(Verifies(payload, signature));
    }

    [Fact]
    public async Task Payload_WithAnyByteChanged_DoesNotVerify()
    {
        var (payload, signature) = Open(await AttestAsync());
        for (var at = 0; at < payload.Length; at++)
        {
            payload[at] ^= 1;
            Assert.False(Verifies(payload, signature), $"byte {at}");
            payload[at] ^= 1;
        }

        Assert.True(Verifies(payload, signature));
        Assert.False(Verifies(payload, signature, "application/vnd.in-toto+jsom"));
    }

    [Fact]
    public async Task Statement_NamesTheRunInTheFieldsOfTheStandards()
    {
        var statement = await StatementAsync();

        Assert.Equal(["_type", "subject", "predicateType", "predicate"], statement.EnumerateObject().Select(property => property.Name));
        Assert.Equal("https://in-toto.io/Statement/v1", statement.GetProperty("_type").GetString());
        Assert.Equal("https://slsa.dev/provenance/v1", statement.GetProperty("predicateType").GetString());
        var predicate = statement.GetProperty("predicate");
        Assert.Equal(["buildDefinition", "runDetails"], predicate.EnumerateObject().Select(property => property.Name));
        var definition = predicate.GetProperty("buildDefinition");
        Assert.Equal("urn:miyabi:run:1", definition.GetProperty("buildType").GetString());
        var plan = Manifested<PlanDocument>(LedgerPath.Plan);
        Assert.Equal(
            $$$"""{"plan":{"name":"finished","digest":{"sha256":"{{{plan.PlanDigest}}}"}},"providers":{"C-1":"scripted","C-2":"scripted","X-1":"scripted"},"inputs":[]}""",
            definition.GetProperty("externalParameters").GetRawText());
        Assert.Equal(
            $$$"""[{"name":"miyabi:runs/run-1/plan.json","digest":{"sha256":"{{{FileDigest(LedgerPath.Plan)}}}"}}]""",
            definition.GetProperty("resolvedDependencies").GetRawText());
        var manifest = Manifested<ManifestDocument>(LedgerPath.Manifest(1));
        var details = predicate.GetProperty("runDetails");
        Assert.Equal($"urn:miyabi:installation:{scene.Signer.KeyId}", details.GetProperty("builder").GetProperty("id").GetString());
        Assert.Equal("run-1", details.GetProperty("metadata").GetProperty("invocationId").GetString());
        Assert.Equal(manifest.StartedAt, details.GetProperty("metadata").GetProperty("startedOn").GetDateTimeOffset());
        Assert.EndsWith("Z", details.GetProperty("metadata").GetProperty("finishedOn").GetString());
        Assert.Equal(manifest.EndedAt, details.GetProperty("metadata").GetProperty("finishedOn").GetDateTimeOffset());
    }

    [Fact]
    public async Task Statement_CarriesWhatTheManifestSaysOfTheWhole()
    {
        var manifest = Manifested<ManifestDocument>(LedgerPath.Manifest(1));

        var run = (await StatementAsync()).GetProperty("predicate").GetProperty("runDetails").GetProperty("miyabi_run");

        Assert.Equal((1, "failed"), (run.GetProperty("generation").GetInt32(), run.GetProperty("outcome").GetString()));
        Assert.Equal((manifest.Root, manifest.ContentRoot), (run.GetProperty("root").GetString(), run.GetProperty("contentRoot").GetString()));
        Assert.Equal((6, 4, 1, 1), (Number("tasks"), Number("accepted"), Number("failed"), Number("skipped")));
        Assert.Equal((manifest.Totals.Attempts, manifest.Totals.Usage.CostUsd), (Number("attempts"), run.GetProperty("costUsd").GetDecimal()));
        Assert.Equal([scene.Signer.KeyId], run.GetProperty("keyIds").EnumerateArray().Select(key => key.GetString()));

        int Number(string name) => run.GetProperty(name).GetInt32();
    }

    [Fact]
    public async Task Subjects_AreTheAcceptedFilesAndTheManifest_EachByTheDigestOfItsBytes()
    {
        (string, string)[] expected =
        [
            ("docs/a.md", Digest("first"u8)), ("docs/b.md", Digest("second"u8)), ("src/x.cs", Digest("class X;"u8)), ("src/y.cs", Digest("first"u8)),
            ("miyabi:runs/run-1/manifest-1.json", FileDigest(LedgerPath.Manifest(1))),
        ];

        Assert.Equal(expected, Resources((await StatementAsync()).GetProperty("subject")));
    }

    [Fact]
    public async Task Byproducts_AreTheAcceptedResults()
    {
        string[] results = ["results/plan_result.json", "results/taken_result.json", "results/code_attempt-2_codex_result.json", "results/gated_result.json"];

        Assert.Equal(
            results.Select(path => ($"miyabi:runs/run-1/{path}", FileDigest(path))),
            Resources((await StatementAsync()).GetProperty("predicate").GetProperty("runDetails").GetProperty("byproducts")));
    }

    [Fact]
    public async Task RetriedRun_HasTheLastManifestAsSubjectAndTheOthersAsByproducts()
    {
        var run = await ReadAsync(scene.Files);
        var second = run.Manifests[0] with { Name = "runs/run-1/manifest-2.json", Sha256 = new string('2', 64) };

        var statement = RunAttestation.StatementOf(run with { Manifests = run.Manifests.Add(second) });

        Assert.Equal("miyabi:runs/run-1/manifest-2.json", statement.Subject[^1].Name);
        Assert.Equal("miyabi:runs/run-1/manifest-1.json", statement.Predicate.RunDetails.Byproducts[0].Name);
        Assert.Equal(statement.Subject.Length, statement.Subject.DistinctBy(subject => subject.Name).Count());
    }

    [Fact]
    public async Task Statement_OfOneRun_IsTheSameEachTime() =>
        Assert.Equal(Open(await AttestAsync()).Payload, Open(await AttestAsync()).Payload);

    [Fact]
    public async Task Run_WithAWrongDocument_IsRefusedNamingIt()
    {
        foreach (var name in scene.Evidence)
        {
            var refusal = await Assert.ThrowsAsync<RunNotProvenException>(
                () => ReadAsync(new(scene.Files) { [name] = TamperingTests.Flipped(scene.Files[name], 200 % (8 * scene.Files[name].Length)) }));
            Assert.Contains(name, refusal.Message);
        }
    }

    [Fact]
    public async Task Run_ThatHasNotEnded_IsRefused()
    {
        var store = new InMemoryBlobStore();
        foreach (var name in new[] { "plan.json", "owner-1.json", "steps/1.json" })
            await store.CreateAsync(Scene.Folder + name, scene.Files[Scene.Folder + name], default);

        var refusal = await Assert.ThrowsAsync<RunNotProvenException>(() => ProvenRun.ReadAsync(store, scene.Trust, Scene.Run, default));

        Assert.Contains("has not ended", refusal.Message);
    }

    [Theory]
    [InlineData("plan.json")]
    [InlineData("manifest-1.json")]
    [InlineData("results/plan_result.json")]
    public async Task Document_ReplacedAfterTheVerification_IsNotAttested(string path)
    {
        // Made for this run by the same key, so that nothing but what was verified before tells the two apart.
        var replaced = await scene.ResealAsync(scene.Files[Scene.Folder + path], document =>
        {
            if (path == "manifest-1.json")
                document["documents"]!.AsArray().RemoveAt(0);
            else
                document[path == "plan.json" ? "planDigest" : "agent"] = "other";
        });
        var store = new ReplacingStore(Scene.Folder + path, replaced);
        foreach (var (name, content) in scene.Files)
            await store.CreateAsync(name, content, default);

        var refusal = await Assert.ThrowsAsync<SealException>(() => ProvenRun.ReadAsync(store, scene.Trust, Scene.Run, default));

        Assert.Contains(path, refusal.Message);
    }

    private async Task<byte[]> AttestAsync() => await RunAttestation.SignAsync(await ReadAsync(scene.Files), signer, default);

    private async Task<JsonElement> StatementAsync()
    {
        using var statement = JsonDocument.Parse(Open(await AttestAsync()).Payload);
        return statement.RootElement.Clone();
    }

    private async Task<ProvenRun> ReadAsync(Dictionary<string, byte[]> files)
    {
        var store = new InMemoryBlobStore();
        foreach (var (name, content) in files)
            await store.CreateAsync(name, content, default);
        return await ProvenRun.ReadAsync(store, scene.Trust, Scene.Run, default);
    }

    // Written after the two standards, and sharing nothing with what is tested.
    private bool Verifies(byte[] payload, byte[] signature, string type = "application/vnd.in-toto+json")
    {
        byte[] signed = [.. "DSSEv1 "u8, .. Ascii(type.Length), .. " "u8, .. Encoding.ASCII.GetBytes(type), .. " "u8, .. Ascii(payload.Length), .. " "u8, .. payload];
        return signer.Key.VerifyData(signed, signature, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);

        static byte[] Ascii(int number) => Encoding.ASCII.GetBytes(number.ToString());
    }

    private static (byte[] Payload, byte[] Signature) Open(byte[] envelope)
    {
        using var parsed = JsonDocument.Parse(envelope);
        return (parsed.RootElement.GetProperty("payload").GetBytesFromBase64(), parsed.RootElement.GetProperty("signatures")[0].GetProperty("sig").GetBytesFromBase64());
    }

    private T Manifested<T>(string path)
        where T : class => LedgerJson.Read<T>(SealFormat.Parse(scene.Files[Scene.Folder + path]).Document.Span);

    private string FileDigest(string path) => Digest(scene.Files[Scene.Folder + path]);

    private static string Digest(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    private static IEnumerable<(string, string)> Resources(JsonElement list) =>
        list.EnumerateArray().Select(resource => (resource.GetProperty("name").GetString()!, resource.GetProperty("digest").GetProperty("sha256").GetString()!));

    /// <summary>Gives another content from the second reading of a name on.</summary>
    private sealed class ReplacingStore(string name, byte[] replaced) : InMemoryBlobStore
    {
        private int readings;

        public override async Task<byte[]?> ReadAsync(string name1, long maxBytes, CancellationToken cancellationToken)
        {
            var content = await base.ReadAsync(name1, maxBytes, cancellationToken);
            return name1 == name && Interlocked.Increment(ref readings) > 1 ? replaced : content;
        }
    }
}
