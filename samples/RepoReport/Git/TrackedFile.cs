namespace Miyabi.Samples.RepoReport.Git;

/// <summary>A regular file of a commit.</summary>
/// <param name="Path">From the repository's root, with forward slashes.</param>
/// <param name="Object">The id of its content in git.</param>
/// <param name="Bytes">Its size.</param>
internal sealed record TrackedFile(string Path, string Object, long Bytes)
{
    /// <summary>The last segment of the path.</summary>
    public string Name => Path[(Path.LastIndexOf('/') + 1)..];

    /// <summary>Files whose content may be read, in order of path.</summary>
    public static List<TrackedFile> Readable(IEnumerable<TrackedFile> files) =>
        [.. files.Where(file => file.Bytes <= FileContents.MaxBytes)];
}
