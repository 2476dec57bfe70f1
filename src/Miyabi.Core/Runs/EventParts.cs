using System.Globalization;
using Miyabi.Core.Ledger;
using Miyabi.Core.Plans;

namespace Miyabi.Core.Runs;

/// <summary>A run's parts of events: which there are, and what is in them.</summary>
/// <remarks>Anybody who can write to the store can write them: nothing of them is believed that is no event, or larger than one.</remarks>
internal sealed class EventParts(IBlobStore store, string run)
{
    internal const long MaxPartBytes = 16 * 1024 * 1024;

    // More than a writer puts into one: it keeps that many at most.
    private const int MaxLines = EventWriter.MaxLines;

    private readonly string folder = LedgerPath.Run(run) + LedgerPath.Events;

    /// <summary>Those that can be read, by writer and number.</summary>
    internal async Task<SortedSet<(string Writer, int Part)>> ListAsync(CancellationToken cancellationToken)
    {
        SortedSet<(string Writer, int Part)> found = new(Order);
        await foreach (var blob in store.ListAsync(folder, cancellationToken))
        {
            if (blob.Bytes <= MaxPartBytes && Parse(blob.Name[folder.Length..]) is { } part)
                found.Add(part);
        }

        return found;
    }

    /// <summary>Whether a part is there.</summary>
    internal async Task<bool> IsThereAsync(string writer, int part, CancellationToken cancellationToken) =>
        await ContentAsync(writer, part, cancellationToken) is not null;

    /// <summary>A part's events from a line on; what is no event of a task is passed over.</summary>
    /// <param name="writer">Whose.</param>
    /// <param name="part">Which.</param>
    /// <param name="from">Lines to leave out.</param>
    /// <param name="most">The most events.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>The events, each with the number of lines up to it, and whether these are all.</returns>
    internal async Task<(List<(RunEvent Event, int Lines)> Events, bool IsAtEnd)> ReadAsync(
        string writer, int part, int from, int most, CancellationToken cancellationToken)
    {
        List<(RunEvent Event, int Lines)> events = [];
        if (await ContentAsync(writer, part, cancellationToken) is not { } content)
            return (events, true);
        var line = 0;
        foreach (var range in content.AsSpan().Split((byte)'\n'))
        {
            if (++line <= from || range.End.Value == range.Start.Value)
                continue;
            if (events.Count >= most)
                return (events, false);
            if (line > MaxLines)
                break;
            if (RunEventLine.Read(content.AsSpan()[range]) is { Task: { } task, Attempt: > 0 } happening && StageName.IsIdOrStage(task))
                events.Add((RunEventLine.Bounded(happening), line));
        }

        return (events, true);
    }

    internal static (string Writer, int Part)? Parse(string name)
    {
        const string Extension = ".ndjson";
        var dash = name.LastIndexOf('-');
        return dash > 0 && !name.Contains('/') && name.EndsWith(Extension, StringComparison.Ordinal)
            && int.TryParse(name.AsSpan(dash + 1, Math.Max(0, name.Length - Extension.Length - dash - 1)), NumberStyles.None,
                CultureInfo.InvariantCulture, out var part) && part is > 0 and < int.MaxValue
            ? (name[..dash], part)
            : null;
    }

    private static readonly IComparer<(string Writer, int Part)> Order = Comparer<(string Writer, int Part)>.Create((one, other) =>
        string.CompareOrdinal(one.Writer, other.Writer) is not 0 and var order ? order : one.Part.CompareTo(other.Part));

    private async Task<byte[]?> ContentAsync(string writer, int part, CancellationToken cancellationToken)
    {
        var name = LedgerPath.Run(run) + LedgerPath.EventPart(writer, part);
        if (!BlobName.IsValid(name))
            return null; // one digit more than a name can have
        try
        {
            return await store.ReadAsync(name, MaxPartBytes, cancellationToken);
        }
        catch (StoreException e) when (e.Fault == StoreFault.TooLarge)
        {
            return null; // passed over, like what is no event
        }
    }
}
