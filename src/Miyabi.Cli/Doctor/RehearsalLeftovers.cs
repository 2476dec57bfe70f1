namespace Miyabi.Cli.Doctor;

/// <summary>Folders of rehearsals that were cut short, in the folder for temporary files. A rehearsal takes less than a second.</summary>
internal sealed class RehearsalLeftovers(string temporaryFolder, TimeProvider clock) : ILeftovers
{
    private static readonly TimeSpan Age = TimeSpan.FromMinutes(10);
    private static readonly EnumerationOptions All = new() { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint, IgnoreInaccessible = false };

    public Task<IReadOnlyList<Leftover>> FindAsync(Action<Unreadable> unreadable, CancellationToken cancellationToken)
    {
        List<Leftover> found = [];
        try
        {
            foreach (var folder in new DirectoryInfo(temporaryFolder).EnumerateDirectories("miyabi-rehearsal-*").OrderBy(folder => folder.Name, StringComparer.Ordinal))
            {
                if (folder.LinkTarget is null && clock.GetUtcNow().UtcDateTime - folder.LastWriteTimeUtc > Age && BytesIn(folder) is { } bytes)
                    found.Add(new Leftover(LeftoverKind.Rehearsal, null, folder.Name, new DateTimeOffset(folder.LastWriteTimeUtc, TimeSpan.Zero), bytes, null, _ => RemoveAsync(folder)));
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // No such folder, or not ours: then nothing of ours is in it.
        }

        return Task.FromResult<IReadOnlyList<Leftover>>(found);
    }

    // Null: it is another user's.
    private static long? BytesIn(DirectoryInfo folder)
    {
        try
        {
            return folder.EnumerateFiles("*", All).Sum(file => file.Length);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static Task<bool> RemoveAsync(DirectoryInfo folder)
    {
        try
        {
            folder.Delete(recursive: true); // links in it are removed, not followed
            return Task.FromResult(true);
        }
        catch (DirectoryNotFoundException)
        {
            return Task.FromResult(true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Task.FromResult(false);
        }
    }
}
