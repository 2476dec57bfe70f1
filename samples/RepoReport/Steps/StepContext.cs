using System.Text.Json;
using Miyabi.Samples.RepoReport.Git;
using Miyabi.Samples.RepoReport.Ledger;

namespace Miyabi.Samples.RepoReport.Steps;

/// <summary>What a step works with.</summary>
internal sealed class StepContext(GitRepository? repository, Inputs inputs, string workspace, TextWriter standardError)
{
    /// <summary>Rows of a ranked list: results travel through the ledger, so they stay small whatever the repository's size.</summary>
    public const int Top = 25;

    private int _lastPercent = -1;

    /// <summary>The repository; only for steps that read one.</summary>
    public GitRepository Repository => repository ?? throw new InvalidOperationException("This step reads no repository.");

    /// <summary>Earlier results.</summary>
    public Inputs Inputs => inputs;

    /// <summary>Writes a file of the workspace, which becomes an artifact.</summary>
    public void WriteFile(string relativePath, Action<Stream> write)
    {
        var path = Path.Combine(workspace, relativePath);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using var file = File.Create(path);
        write(file);
    }

    /// <summary>Writes a file of the workspace as JSON.</summary>
    public void WriteJson<T>(string relativePath, T value) =>
        WriteFile(relativePath, file => JsonSerializer.Serialize(file, value, Json.Options));

    /// <summary>Tells how far the step is, at most once for every 5 percent.</summary>
    public void Progress(long done, long total, string what)
    {
        var percent = (int)(done * 20 / total) * 5;
        if (percent == _lastPercent)
            return;
        _lastPercent = percent;
        standardError.WriteLine($"progress {percent / 100.0:0.00} {what}");
    }
}
