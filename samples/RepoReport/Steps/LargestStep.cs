namespace Miyabi.Samples.RepoReport.Steps;

/// <summary>The largest files, and how sizes are spread.</summary>
/// <param name="Step">Always <c>largest</c>.</param>
/// <param name="Files">The 25 largest.</param>
/// <param name="Sizes">Every file, by size.</param>
internal sealed record LargestFiles(string Step, IReadOnlyList<FileSize> Files, IReadOnlyList<SizeClass> Sizes);

/// <summary>A file's size.</summary>
internal sealed record FileSize(string Path, long Bytes);

/// <summary>Files of about one size.</summary>
internal sealed record SizeClass(string Size, int Files, long Bytes);

/// <summary>Ranks files by size: needs the inventory alone.</summary>
internal sealed class LargestStep : IStep
{
    private const long KiB = 1024;

    private static readonly (string Size, long Below)[] Classes =
    [
        ("empty", 1), ("below 1 KiB", KiB), ("1 to 10 KiB", 10 * KiB), ("10 to 100 KiB", 100 * KiB), ("100 KiB to 1 MiB", KiB * KiB),
        ("1 MiB and more", long.MaxValue),
    ];

    public string Name => "largest";

    public bool ReadsRepository => false;

    public object Run(StepContext context)
    {
        var files = context.Inputs.File<FileList>("inventory", FileList.FileName).Files;
        var largest = files.OrderByDescending(file => file.Bytes).ThenBy(file => file.Path, StringComparer.Ordinal).Take(StepContext.Top);
        var bySize = files.ToLookup(file => Array.FindIndex(Classes, one => file.Bytes < one.Below));
        return new LargestFiles(Name, [.. largest.Select(file => new FileSize(file.Path, file.Bytes))],
            [.. Classes.Select((one, i) => new SizeClass(one.Size, bySize[i].Count(), bySize[i].Sum(file => file.Bytes)))]);
    }
}
