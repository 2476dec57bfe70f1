using Miyabi.Samples.RepoReport.Git;
using Miyabi.Samples.RepoReport.Languages;

namespace Miyabi.Samples.RepoReport.Steps;

/// <summary>Work that comments say is left.</summary>
/// <param name="Step">Always <c>todos</c>.</param>
/// <param name="Total">All of them.</param>
/// <param name="Markers">By the word used, in a fixed order.</param>
/// <param name="Files">Files with any.</param>
/// <param name="TopFiles">The 25 files with most.</param>
/// <param name="Examples">The first of each of those files.</param>
internal sealed record Todos(
    string Step, int Total, IReadOnlyList<MarkerCount> Markers, int Files, IReadOnlyList<FileTodos> TopFiles, IReadOnlyList<Todo> Examples);

/// <summary>How often a word marks work that is left.</summary>
internal sealed record MarkerCount(string Marker, int Count);

/// <summary>A file's marks.</summary>
internal sealed record FileTodos(string Path, int Count);

/// <summary>One mark, with what follows it on its line.</summary>
internal sealed record Todo(string Path, int Line, string Text);

/// <summary>Finds the words TODO, FIXME, HACK and XXX in comments.</summary>
/// <remarks>A mark is a whole word in capitals with a comment's beginning before it on its line. Nothing parses the language, so a text in
/// quotes that looks like a comment counts too.</remarks>
internal sealed class TodosStep : IStep
{
    private const int LongestText = 120;

    private static readonly string[] Markers = ["TODO", "FIXME", "HACK", "XXX"];
    private static readonly string[] CommentStarts = ["//", "#", "/*", "--", "<!--", ";", "%", "(*", "\"\"\"", "'''"];

    public string Name => "todos";

    public bool ReadsRepository => true;

    public object Run(StepContext context)
    {
        var files = TrackedFile.Readable(context.Inputs.File<FileList>("inventory", FileList.FileName).Files);
        var counts = new int[Markers.Length];
        var found = new List<(FileTodos File, Todo First)>();
        var done = 0;

        FileContents.Read(context.Repository, files, (file, content) =>
        {
            context.Progress(++done, files.Count, "looking for work that is left");
            if (!TextContent.IsBinary(content) && MayHold(content) && Search(file.Path, content, counts) is { } result)
                found.Add(result);
        });

        var top = found.OrderByDescending(one => one.File.Count).ThenBy(one => one.File.Path, StringComparer.Ordinal)
            .Take(StepContext.Top).ToList();
        return new Todos(Name, counts.Sum(), [.. Markers.Select((marker, i) => new MarkerCount(marker, counts[i]))], found.Count,
            [.. top.Select(one => one.File)], [.. top.Select(one => one.First)]);
    }

    /// <summary>Finds a mark in a line, the first of it: its number in <see cref="Markers"/> and what follows; -1 for none.</summary>
    internal static (int Marker, string Text) FindMark(string line)
    {
        var best = (Marker: -1, At: int.MaxValue);
        for (var i = 0; i < Markers.Length; i++)
        {
            var at = IndexOfWord(line, Markers[i]);
            if (at >= 0 && at < best.At && StartsComment(line[..at]))
                best = (i, at);
        }

        if (best.Marker < 0)
            return (-1, "");
        var text = line[best.At..].Trim();
        return (best.Marker, text.Length <= LongestText ? text : text[..LongestText] + "...");
    }

    private static (FileTodos File, Todo First)? Search(string path, ReadOnlySpan<byte> content, int[] counts)
    {
        Todo? first = null;
        int count = 0, number = 0;
        foreach (var range in content.Split((byte)'\n'))
        {
            number++;
            var line = content[range];
            if (!MayHold(line))
                continue;
            var (marker, text) = FindMark(GitText.Decode(line));
            if (marker < 0)
                continue;
            counts[marker]++;
            count++;
            first ??= new Todo(path, number, text);
        }

        return first is null ? null : (new FileTodos(path, count), first);
    }

    private static bool MayHold(ReadOnlySpan<byte> bytes) =>
        bytes.IndexOf("TODO"u8) >= 0 || bytes.IndexOf("FIXME"u8) >= 0 || bytes.IndexOf("HACK"u8) >= 0 || bytes.IndexOf("XXX"u8) >= 0;

    private static int IndexOfWord(string line, string word)
    {
        for (var at = 0; (at = line.IndexOf(word, at, StringComparison.Ordinal)) >= 0; at++)
        {
            var before = at == 0 ? ' ' : line[at - 1];
            var after = at + word.Length == line.Length ? ' ' : line[at + word.Length];
            if (!IsWordPart(before) && !IsWordPart(after))
                return at;
        }

        return -1;
    }

    private static bool IsWordPart(char character) => char.IsLetterOrDigit(character) || character is '_' or '/' or '"' or '-';

    private static bool StartsComment(string before) =>
        before.TrimStart().StartsWith('*') || Array.Exists(CommentStarts, start => before.Contains(start, StringComparison.Ordinal));
}
