using Miyabi.Samples.RepoReport.Git;
using Miyabi.Samples.RepoReport.Languages;

namespace Miyabi.Samples.RepoReport.Steps;

/// <summary>Files and lines by language.</summary>
/// <param name="Step">Always <c>languages</c>.</param>
/// <param name="Languages">Most lines first.</param>
/// <param name="Lines">Of all text files.</param>
/// <param name="BinaryFiles">Files whose lines were not counted because they are no text.</param>
/// <param name="HugeFiles">Files whose lines were not counted because they are larger than 5 MiB.</param>
internal sealed record LanguageTotals(string Step, IReadOnlyList<LanguageTotal> Languages, long Lines, int BinaryFiles, int HugeFiles);

/// <summary>One language's files.</summary>
internal sealed record LanguageTotal(string Name, string Kind, int Files, long Lines, long BlankLines, long Bytes);

/// <summary>The file <c>languages/lines.json</c>: text files in order of path.</summary>
internal sealed record LineCounts(IReadOnlyList<FileLines> Files)
{
    public const string FileName = "languages/lines.json";
}

/// <summary>A text file's lines.</summary>
internal sealed record FileLines(string Path, string Language, string Kind, int Lines);

/// <summary>Counts lines.</summary>
internal sealed class LanguagesStep : IStep
{
    public string Name => "languages";

    public bool ReadsRepository => true;

    public object Run(StepContext context)
    {
        var all = context.Inputs.File<FileList>("inventory", FileList.FileName).Files;
        var files = TrackedFile.Readable(all);
        var totals = new Dictionary<string, LanguageTotal>();
        var counts = new List<FileLines>(files.Count);
        int done = 0, binary = 0;

        FileContents.Read(context.Repository, files, (file, content) =>
        {
            context.Progress(++done, files.Count, "counting lines");
            if (TextContent.IsBinary(content))
            {
                binary++;
                return;
            }

            var language = Language.Of(file.Name);
            var kind = language.Kind.ToString().ToLowerInvariant();
            var (lines, blank) = TextContent.CountLines(content);
            counts.Add(new FileLines(file.Path, language.Name, kind, lines));
            var sum = totals.GetValueOrDefault(language.Name) ?? new LanguageTotal(language.Name, kind, 0, 0, 0, 0);
            totals[language.Name] = sum with
            {
                Files = sum.Files + 1,
                Lines = sum.Lines + lines,
                BlankLines = sum.BlankLines + blank,
                Bytes = sum.Bytes + file.Bytes,
            };
        });

        context.WriteJson(LineCounts.FileName, new LineCounts(counts));
        var sorted = totals.Values.OrderByDescending(total => total.Lines).ThenBy(total => total.Name, StringComparer.Ordinal).ToList();
        return new LanguageTotals(Name, sorted, sorted.Sum(total => total.Lines), binary, all.Count - files.Count);
    }
}
