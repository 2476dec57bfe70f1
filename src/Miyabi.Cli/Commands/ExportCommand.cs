using System.CommandLine;
using Miyabi.Core.Agents;
using Miyabi.Core.Ledger;

namespace Miyabi.Cli.Commands;

/// <summary><c>miyabi export RUN --to DIR</c>: lays the accepted tasks' files out at their paths.</summary>
internal static class ExportCommand
{
    internal static Command Create()
    {
        var run = RunArgument.Create();
        var to = new Option<string>("--to") { Description = "The folder to write to; made if need be, and must be empty", HelpName = "DIR", Required = true };
        var command = new Command("export", Root.Help("Writes the files that accepted tasks produced to a folder, at their paths", "export hello-20260131-120000-1a2b --to out"))
        {
            run, to,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var installation = await Installation.OpenForReadingAsync(Root.StoreOf(parsed), cancellationToken);
            var lookup = new ResultLookup(installation, RunArgument.Of(parsed, run));
            var files = Files(await lookup.ReadAsync(null, cancellationToken));
            var folder = Path.GetFullPath(parsed.GetRequiredValue(to));
            if (File.Exists(folder) || (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any()))
                throw new UsageException($"--to {folder}: there is something already. Name a folder that is empty or not there yet.");
            await WriteAsync(lookup, folder, files, cancellationToken);
            Terminal.WriteLine($"{files.Count} files in {folder}");
            return ExitCode.Success;
        });
        return command;
    }

    // Two tasks may have produced one path, one after the other: the later in the plan's order stands, as it would in a work tree.
    private static SortedDictionary<string, ArtifactReference> Files(IEnumerable<ResultDocument> results)
    {
        var files = new SortedDictionary<string, ArtifactReference>(StringComparer.Ordinal);
        foreach (var file in results.Where(result => result.Payload is not null).SelectMany(result => result.Payload!.Files))
        {
            // Checked when it was accepted, by the version that accepted it; a path is not believed twice.
            if (ArtifactPath.WhyUnsafe(file.Path) is { } why)
                throw new SealException($"A result names a file that cannot be laid out: {why}");
            files[file.Path] = file;
        }

        return files;
    }

    private static async Task WriteAsync(
        ResultLookup lookup, string folder, SortedDictionary<string, ArtifactReference> files, CancellationToken cancellationToken)
    {
        try
        {
            Directory.CreateDirectory(folder);
            foreach (var (path, file) in files)
            {
                var target = Path.Combine(folder, path);
                Directory.CreateDirectory(Path.GetDirectoryName(target)!);
                var content = await lookup.ReadArtifactAsync(file.Sha256, cancellationToken);
                await using var stream = new FileStream(target, FileMode.CreateNew, FileAccess.Write);
                await stream.WriteAsync(content, cancellationToken);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StoreException(StoreFault.Unavailable, $"Cannot write to {folder}: {e.Message}", e);
        }
    }
}
