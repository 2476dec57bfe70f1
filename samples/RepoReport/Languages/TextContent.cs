namespace Miyabi.Samples.RepoReport.Languages;

/// <summary>What the bytes of a file say about it.</summary>
internal static class TextContent
{
    private const int Looked = 8000;

    /// <summary>Whether it is no text: a NUL among the first 8,000 bytes, which is git's own rule.</summary>
    public static bool IsBinary(ReadOnlySpan<byte> content) => content[..Math.Min(content.Length, Looked)].Contains((byte)0);

    /// <summary>Lines in all, and those of them without a visible character. A last line without an end counts.</summary>
    public static (int Lines, int Blank) CountLines(ReadOnlySpan<byte> content)
    {
        int lines = 0, blank = 0;
        while (!content.IsEmpty)
        {
            var length = content.IndexOf((byte)'\n');
            var line = length < 0 ? content : content[..length];
            lines++;
            if (!line.ContainsAnyExcept(" \t\r\f\v"u8))
                blank++;
            content = length < 0 ? default : content[(length + 1)..];
        }

        return (lines, blank);
    }
}
