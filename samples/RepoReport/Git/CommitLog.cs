using System.Globalization;

namespace Miyabi.Samples.RepoReport.Git;

/// <summary>A commit.</summary>
/// <param name="Date">The author's date in UTC; <see langword="null"/> without a date from 1970 to 2099.</param>
/// <param name="Parents">How many.</param>
/// <param name="Author">The author's name after the repository's own <c>.mailmap</c>, without an address.</param>
internal sealed record LogEntry(DateOnly? Date, int Parents, string Author);

/// <summary>Reads the commits that lead to a commit.</summary>
internal static class CommitLog
{
    /// <summary>2100-01-01 in seconds since 1970.</summary>
    private const long Y2100 = 4_102_444_800;

    /// <summary>Every commit, one at a time; none for an empty id.</summary>
    public static IEnumerable<LogEntry> Read(GitRepository repository, string commit)
    {
        if (commit.Length == 0)
            yield break;
        using var git = GitProcess.Start(repository,
            ["log", "-z", "--no-color", "--use-mailmap", "--format=%at%x09%P%x09%aN", commit, "--"]);
        git.Input.Close();
        var output = new ByteReader(git.Output);
        while (TryReadEntry(output, out var entry))
            yield return entry;
        git.Complete();
    }

    /// <summary>A date as git has it; <see langword="null"/> when it is missing or absurd.</summary>
    public static DateOnly? ParseDate(string secondsSince1970) =>
        long.TryParse(secondsSince1970, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var seconds)
        && seconds is >= 0 and < Y2100
            ? DateOnly.FromDateTime(DateTimeOffset.FromUnixTimeSeconds(seconds).UtcDateTime)
            : null;

    private static bool TryReadEntry(ByteReader output, out LogEntry entry)
    {
        entry = null!;
        if (!output.TryReadPiece(0, out var piece))
            return false;
        var fields = GitText.Decode(piece).Split('\t', 3);
        var parents = fields[1].Length == 0 ? 0 : fields[1].Count(character => character == ' ') + 1;
        entry = new LogEntry(ParseDate(fields[0]), parents, WithoutAddress(fields[2]));
        return true;
    }

    /// <summary>Some people's name is their address: what stands before the @ says enough.</summary>
    private static string WithoutAddress(string author)
    {
        var words = author.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Select(word =>
        {
            var at = word.IndexOf('@', StringComparison.Ordinal);
            return at > 0 ? word[..at].TrimStart('<', '(') : word;
        });
        var name = string.Join(' ', words);
        return name.Length == 0 ? "(no name)" : name;
    }
}
