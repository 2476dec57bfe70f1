using Miyabi.Core.Ledger;

namespace Miyabi.Core.Runs;

/// <summary>Reads a run's events, each part once.</summary>
/// <remarks>Events may be deleted or spoilt at any time: what cannot be read is passed over, and a view is right without it.</remarks>
internal sealed class EventFeed(IBlobStore store, string run)
{
    // A part is written every few seconds; what is shown is the latest of each attempt at work, which the last parts have.
    private const int MaxParts = 256;

    // Writers that are looked for by name. A run has one owner at a time, so one is at work; an older one may be about to end.
    private const int MaxProbed = 4;

    private readonly string folder = LedgerPath.Run(run) + LedgerPath.Events;
    private readonly Dictionary<string, int> last = new(StringComparer.Ordinal);
    private readonly List<string> recent = [];

    /// <summary>Lists what there is, and reads what was not read yet; of much, each writer's last parts.</summary>
    internal async Task ReadAllAsync(Action<RunEvent> each, CancellationToken cancellationToken)
    {
        List<(string Writer, int Part)> found = [];
        await foreach (var blob in store.ListAsync(folder, cancellationToken))
        {
            if (blob.Bytes <= EventParts.MaxPartBytes && EventParts.Parse(blob.Name[folder.Length..]) is { } part && part.Part > last.GetValueOrDefault(part.Writer))
                found.Add(part);
        }

        var latest = found.GroupBy(part => part.Writer, StringComparer.Ordinal)
            .SelectMany(writer => writer.OrderByDescending(part => part.Part).Select((part, age) => (Part: part, Age: age)))
            .OrderBy(part => part.Age).Take(MaxParts).OrderByDescending(part => part.Age);
        foreach (var ((writer, part), _) in latest)
            await ReadPartAsync(writer, part, each, cancellationToken);
    }

    /// <summary>Reads the parts that follow on those that were read last, by their names: no listing, which grows with the run.</summary>
    internal async Task ReadNextAsync(Action<RunEvent> each, CancellationToken cancellationToken)
    {
        foreach (var writer in recent.ToArray())
        {
            while (await ReadPartAsync(writer, last[writer] + 1, each, cancellationToken))
            {
                // As long as there is one more.
            }
        }
    }

    private async Task<bool> ReadPartAsync(string writer, int part, Action<RunEvent> each, CancellationToken cancellationToken)
    {
        var name = LedgerPath.Run(run) + LedgerPath.EventPart(writer, part);
        if (!BlobName.IsValid(name))
            return false; // one digit more than a name can have
        try
        {
            if (await store.ReadAsync(name, EventParts.MaxPartBytes, cancellationToken) is not { } content)
                return false;
            Told(content, each);
        }
        catch (StoreException e) when (e.Fault == StoreFault.TooLarge)
        {
            // Passed over, like what is no event.
        }
        catch (StoreException)
        {
            return false;
        }

        last[writer] = Math.Max(part, last.GetValueOrDefault(writer));
        recent.Remove(writer);
        recent.Add(writer);
        if (recent.Count > MaxProbed)
            recent.RemoveAt(0);
        return true;
    }

    private static void Told(ReadOnlySpan<byte> content, Action<RunEvent> each)
    {
        foreach (var line in content.Split((byte)'\n'))
        {
            if (RunEventLine.Read(content[line]) is { } happening)
                each(happening);
        }
    }
}
