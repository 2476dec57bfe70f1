using System.Globalization;
using System.Text;

namespace Miyabi.Samples.RepoReport.Git;

/// <summary>Reads the committed contents of many files with one <c>git cat-file --batch</c>.</summary>
internal static class FileContents
{
    /// <summary>Files beyond this are not read: 5 MiB.</summary>
    public const int MaxBytes = 5 * 1024 * 1024;

    /// <summary>Takes one file's content; valid during the call only.</summary>
    public delegate void ContentReader(TrackedFile file, ReadOnlySpan<byte> content);

    /// <summary>Reads files in their order; those larger than <see cref="MaxBytes"/> must be left out before.</summary>
    /// <exception cref="StepException">An object is missing, as in a partial clone, or git failed.</exception>
    public static void Read(GitRepository repository, IReadOnlyList<TrackedFile> files, ContentReader read)
    {
        if (files.Count == 0)
            return;
        using var git = GitProcess.Start(repository, ["cat-file", "--batch", "--buffer"]);

        // Apart from the reading, or both sides would wait for each other once the pipes are full.
        var asking = Task.Run(() => Ask(git.Input, files));
        var output = new ByteReader(git.Output);
        var content = new byte[64 * 1024];
        var lineEnd = new byte[1];
        foreach (var file in files)
        {
            var size = ReadHeader(output, file);
            if (content.Length < size)
                Array.Resize(ref content, Math.Max(size, content.Length * 2));
            output.ReadExactly(content.AsSpan(0, size));
            output.ReadExactly(lineEnd);
            read(file, content.AsSpan(0, size));
        }

        asking.Wait();
        git.Complete();
    }

    private static void Ask(Stream input, IReadOnlyList<TrackedFile> files)
    {
        try
        {
            using var writer = new StreamWriter(input, new UTF8Encoding(false), 64 * 1024) { NewLine = "\n" };
            foreach (var file in files)
                writer.WriteLine(file.Object);
        }
        catch (IOException)
        {
            // git has ended; the reading side says why.
        }
    }

    private static int ReadHeader(ByteReader output, TrackedFile file)
    {
        if (output.TryReadPiece((byte)'\n', out var header))
        {
            var parts = Encoding.ASCII.GetString(header).Split(' ');
            if (parts is [_, "blob", var text] && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var size)
                && size <= MaxBytes)
            {
                return size;
            }
        }

        throw new StepException(
            $"git cannot give the content of '{file.Path}': in a partial clone, fetch all objects first ('git fetch --refetch').");
    }
}
