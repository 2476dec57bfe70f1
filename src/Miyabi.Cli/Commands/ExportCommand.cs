using System.CommandLine;
using Miyabi.Core.Agents;
using Miyabi.Core.Attestation;
using Miyabi.Core.Ledger;
using Miyabi.Storage.Keys;

namespace Miyabi.Cli.Commands;

/// <summary>
/// <c>miyabi export RUN --to DIR --attestation FILE</c>: lays the accepted tasks' files out at their paths, and attests how they came about.
/// </summary>
internal static class ExportCommand
{
    internal static Command Create()
    {
        var run = RunArgument.Create();
        var to = new Option<string?>("--to") { Description = "The folder to write the files to; made if need be, and must be empty", HelpName = "DIR" };
        var attestation = new Option<string?>("--attestation")
        {
            Description = "A file that is not there yet: gets an in-toto statement of the proven run (SLSA provenance), "
                + "signed with this installation's key (DSSE)",
            HelpName = "FILE",
        };
        var command = new Command("export", Root.Help(
            "Writes the files that accepted tasks produced to a folder, at their paths, and an attestation for the tools of others",
            "export hello-20260131-120000-1a2b --to out --attestation out.json"))
        {
            run, to, attestation,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            if (parsed.GetValue(to) is null && parsed.GetValue(attestation) is null)
                throw new UsageException("Say what to write: --to DIR, --attestation FILE, or both.", $"See: {Root.PathOf(parsed)} --help");
            var id = RunArgument.Of(parsed, run);
            using var installation = await Installation.OpenForReadingAsync(Root.SourceOf(parsed), cancellationToken);
            // Whatever may be refused is refused before anything is made: files, and the key of an installation that has none yet.
            var file = parsed.GetValue(attestation) is { } name ? NewFile.Of("--attestation", name) : null;
            var proven = file is null ? null : await ProvenRun.ReadAsync(installation.Store, installation.Trust, id, cancellationToken);
            if (parsed.GetValue(to) is { } folder)
                await LayOutAsync(new ResultLookup(installation, id), Path.GetFullPath(folder), cancellationToken);
            if (file is not null)
                await AttestAsync(proven!, file, cancellationToken);
            return ExitCode.Success;
        });
        return command;
    }

    private static async Task AttestAsync(ProvenRun run, NewFile file, CancellationToken cancellationToken)
    {
        using var keys = await InstallationKeys.OpenOrCreateAsync(MiyabiHome.Find(), cancellationToken);
        await file.WriteAsync(await RunAttestation.SignAsync(run, keys.Signer, cancellationToken), cancellationToken);
        Terminal.WriteLine($"Attestation of {run.Files.Count} files and {Path.GetFileName(run.Manifests[^1].Name)} in {file.Path}");
        Terminal.WriteLine($"Signed with key {keys.Signer.KeyId}; others verify it with what 'miyabi keys export' prints");
    }

    private static async Task LayOutAsync(ResultLookup lookup, string folder, CancellationToken cancellationToken)
    {
        var files = Files(await lookup.CountingAsync(cancellationToken));
        if (File.Exists(folder) || (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any()))
            throw new UsageException($"--to {folder}: there is something already. Name a folder that is empty or not there yet.");
        await WriteAsync(lookup, folder, files, cancellationToken);
        Terminal.WriteLine($"{files.Count} files in {folder}");
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
