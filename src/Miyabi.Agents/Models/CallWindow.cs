namespace Miyabi.Agents.Models;

/// <summary>The calls of the last 60 s, and when the next one may go. Not safe for several threads: its limiter is.</summary>
internal sealed class CallWindow(ModelLimits limits)
{
    private static readonly TimeSpan Length = TimeSpan.FromMinutes(1);

    private readonly Queue<Entry> entries = [];
    private long tokens;

    /// <summary>Whether there was no call in the last 60 s, or none that counts.</summary>
    public bool IsEmptyAt(TimeSpan now)
    {
        Forget(now);
        return entries.Count == 0;
    }

    /// <summary>When a call may go: now, or when enough of the others are 60 s ago.</summary>
    public TimeSpan Due(long wanted, TimeSpan now)
    {
        Forget(now);
        var (count, sum) = (entries.Count, tokens);
        foreach (var entry in entries)
        {
            if (count < (limits.RequestsPerMinute ?? int.MaxValue) && sum + wanted <= (limits.TokensPerMinute ?? long.MaxValue))
                break;
            (count, sum) = (count - 1, sum - entry.Tokens);
            if (count == 0 || (count < (limits.RequestsPerMinute ?? int.MaxValue) && sum + wanted <= (limits.TokensPerMinute ?? long.MaxValue)))
                return entry.At + Length;
        }

        return now;
    }

    /// <summary>A call goes.</summary>
    public Entry Enter(long wanted, TimeSpan now)
    {
        var entry = new Entry(now) { Tokens = wanted };
        // Without a limit nobody asks.
        if (limits.RequestsPerMinute is null && limits.TokensPerMinute is null)
            return entry;
        entries.Enqueue(entry);
        tokens += wanted;
        return entry;
    }

    /// <summary>A call took this many, where it was held to take others.</summary>
    public void Settle(Entry entry, long used)
    {
        if (entries.Contains(entry))
            tokens += used - entry.Tokens;
        entry.Tokens = used;
    }

    private void Forget(TimeSpan now)
    {
        while (entries.TryPeek(out var oldest) && oldest.At + Length <= now)
            tokens -= entries.Dequeue().Tokens;
    }

    internal sealed class Entry(TimeSpan at)
    {
        public TimeSpan At => at;

        public long Tokens { get; set; }
    }
}
