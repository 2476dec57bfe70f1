using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Miyabi.Cli.Tests.EndToEnd;

/// <summary>What is given to the tools of others: checked here as they do it, with the public key that the CLI prints.</summary>
public sealed class AttestationTests(FinishedRuns runs) : IClassFixture<FinishedRuns>
{
    private readonly CliSandbox sandbox = runs.Sandbox;

    [Fact]
    public async Task Attestation_VerifiesWithTheExportedKeyAndNamesTheExportedFiles()
    {
        var output = await sandbox.SucceedAsync("export", "webapp-1", "--to", "attested", "--attestation", "webapp-1.json");

        Assert.Contains(sandbox["webapp-1.json"], output);
        using var envelope = JsonDocument.Parse(await File.ReadAllBytesAsync(sandbox["webapp-1.json"]));
        var payload = envelope.RootElement.GetProperty("payload").GetBytesFromBase64();
        using var key = ECDsa.Create();
        key.ImportFromPem(await sandbox.SucceedAsync("keys", "export"));
        byte[] signed = [.. Encoding.ASCII.GetBytes($"DSSEv1 28 application/vnd.in-toto+json {payload.Length} "), .. payload];
        var signature = envelope.RootElement.GetProperty("signatures")[0].GetProperty("sig").GetBytesFromBase64();
        Assert.True(key.VerifyData(signed, signature, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence));
        using var statement = JsonDocument.Parse(payload);
        var subjects = statement.RootElement.GetProperty("subject").EnumerateArray()
            .ToDictionary(subject => subject.GetProperty("name").GetString()!, subject => subject.GetProperty("digest").GetProperty("sha256").GetString()!);
        Assert.True(subjects.Remove("miyabi:runs/webapp-1/manifest-1.json", out var manifest));
        Assert.Equal(FolderCopy.Snapshot(Path.Combine(sandbox[".miyabi"], "runs", "webapp-1"))["manifest-1.json"], manifest);
        Assert.Equal(
            FolderCopy.Snapshot(sandbox["attested"]).Select(file => (file.Key.Replace('\\', '/'), file.Value)),
            subjects.OrderBy(subject => subject.Key, StringComparer.Ordinal).Select(subject => (subject.Key, subject.Value)));
    }

    [Fact]
    public async Task Attestation_OverAFile_IsRefusedAndTheFileKept()
    {
        sandbox.Write("mine.json", "mine");

        var result = await sandbox.RunAsync("export", "hello-1", "--to", "not-made", "--attestation", "mine.json");

        Assert.True(result.Code == 2, result.ToString());
        Assert.Contains("mine.json", result.Error);
        Assert.Equal("mine", await File.ReadAllTextAsync(sandbox["mine.json"]));
        Assert.False(Directory.Exists(sandbox["not-made"]));
    }

    [Fact]
    public async Task Attestation_OfAChangedRun_IsRefusedNamingTheDocument()
    {
        FolderCopy.Make(sandbox[".miyabi"], sandbox["spoilt"]);
        await File.AppendAllTextAsync(Path.Combine(sandbox["spoilt"], "runs", "hello-1", "steps", "2.json"), " ");

        var result = await sandbox.RunAsync("export", "hello-1", "--attestation", "spoilt.json", "--store", "spoilt");

        Assert.True(result.Code == 1, result.ToString());
        Assert.Contains("runs/hello-1/steps/2.json", result.Error);
        Assert.Contains("miyabi verify hello-1 --store spoilt", result.Error);
        Assert.False(File.Exists(sandbox["spoilt.json"]));
    }

    [Fact]
    public async Task Attestation_OfARunThatHasNotEnded_IsRefusedAndSaysHowItEnds()
    {
        FolderCopy.Make(sandbox[".miyabi"], sandbox["going-on"]);
        var run = Path.Combine(sandbox["going-on"], "runs", "hello-1");
        File.Delete(Path.Combine(run, "manifest-1.json"));
        File.Delete(Directory.EnumerateFiles(Path.Combine(run, "steps")).Max(StringComparer.Ordinal)!);

        var result = await sandbox.RunAsync("export", "hello-1", "--attestation", "early.json", "--store", "going-on");

        Assert.True(result.Code == 1, result.ToString());
        Assert.Contains("has not ended", result.Error);
        Assert.Contains("miyabi resume hello-1 --store going-on", result.Error);
        Assert.False(File.Exists(sandbox["early.json"]));
    }

    [Fact]
    public async Task Attestation_ByWhoTrustsNobody_IsRefusedAndMakesNoKey()
    {
        using var other = new CliSandbox();
        FolderCopy.Make(sandbox[".miyabi"], other[".miyabi"]);

        var result = await other.RunAsync("export", "hello-1", "--attestation", "a.json");

        Assert.True(result.Code == 1, result.ToString());
        Assert.False(Directory.Exists(other["home"]));
    }
}
