using System.Text;
using System.Text.Json;
using Miyabi.Core.Ledger;
using Miyabi.Core.Runs;
using Miyabi.Testing;

namespace Miyabi.Core.Tests.Runs;

public sealed class EventWriterTests
{
    private readonly ManualClock clock = new();
    private readonly FlakyStore store = new();

    [Fact]
    public async Task Dispose_WritesWhatIsLeft()
    {
        await using (var writer = Writer())
        {
            writer.Happened("r", Event(RunEventKind.Began, 1));
            writer.Happened("r", Event(RunEventKind.Progress, 1, 0.5, "half"));
        }

        var line = JsonDocument.Parse(Lines("runs/r/events/w-1.ndjson")[1]).RootElement;
        Assert.Equal("progress", line.GetProperty("kind").GetString());
        Assert.Equal("half", line.GetProperty("message").GetString());
        Assert.Equal("2026-01-31T12:00:00.0000000Z", line.GetProperty("at").GetString());
        Assert.Single(store.Blobs);
    }

    [Fact]
    public async Task Dispose_WithNothingToWrite_WritesNothing()
    {
        await Writer().DisposeAsync();
        Assert.Empty(store.Blobs);
    }

    [Fact]
    public async Task Happened_OfAnotherRun_IsIgnored()
    {
        await using (var writer = Writer())
            writer.Happened("other", Event(RunEventKind.Began, 1));
        Assert.Empty(store.Blobs);
    }

    [Fact]
    public async Task Progress_OfOneAttempt_OnlyTheLatestIsWritten()
    {
        await using (var writer = Writer())
        {
            for (var i = 0; i < 100; i++)
                writer.Happened("r", Event(RunEventKind.Progress, 1 + (i % 2), i / 100.0, $"{i}"));
        }

        Assert.Equal(2, Lines("runs/r/events/w-1.ndjson").Length);
        Assert.Contains("\"99\"", Lines("runs/r/events/w-1.ndjson")[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Message_WithControlCharactersAndWithoutEnd_IsMadeALineOfFixedLength()
    {
        await using (var writer = Writer())
            writer.Happened("r", Event(RunEventKind.Progress, 1, 0.1, "a\u001b[31m\nb\ud800" + new string('x', 10_000)));
        var message = JsonDocument.Parse(Assert.Single(Lines("runs/r/events/w-1.ndjson"))).RootElement.GetProperty("message").GetString()!;
        Assert.StartsWith("a[31mb\ufffdxxx", message, StringComparison.Ordinal);
        Assert.Equal(500, message.Length);
    }

    [Fact]
    public async Task Flush_EverySecondAtFirstAndEveryFiveLater_WritesAPartEach()
    {
        await using var writer = Writer();
        await PassAsync(TimeSpan.FromSeconds(1), writer, parts: 1);
        await PassAsync(TimeSpan.FromSeconds(1), writer, parts: 2);
        await PassAsync(TimeSpan.FromMinutes(5), writer, parts: 3);
        await Until(() => clock.NextDue == TimeSpan.FromSeconds(5));
        await PassAsync(TimeSpan.FromSeconds(5), writer, parts: 4);
    }

    [Fact]
    public async Task Flush_WhenTheStoreFails_TriesAgainAndLosesNothing()
    {
        await using (var writer = Writer())
        {
            store.Failures = 1;
            writer.Happened("r", Event(RunEventKind.Began, 1));
            writer.Happened("r", Event(RunEventKind.Progress, 1, 0.1, "old"));
            await PassAsync(TimeSpan.FromSeconds(1), null, parts: 0, () => store.Failures == 0);
            writer.Happened("r", Event(RunEventKind.Progress, 1, 0.2, "new"));
        }

        var lines = Lines("runs/r/events/w-1.ndjson");
        Assert.Equal(2, lines.Length);
        Assert.Contains("began", lines[0], StringComparison.Ordinal);
        Assert.Contains("new", lines[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Dispose_WhenTheStoreFails_DoesNotThrow()
    {
        store.Failures = int.MaxValue;
        var writer = Writer();
        writer.Happened("r", Event(RunEventKind.Began, 1));
        await writer.DisposeAsync();
        Assert.Empty(store.Blobs);
    }

    [Fact]
    public async Task Flush_WhereAPartIsThere_TakesTheNextNumber()
    {
        await store.CreateAsync("runs/r/events/w-1.ndjson", "mine"u8.ToArray(), default);
        await using (var writer = Writer())
            writer.Happened("r", Event(RunEventKind.Began, 1));
        Assert.Equal("mine", Assert.Single(Lines("runs/r/events/w-1.ndjson")));
        Assert.Single(Lines("runs/r/events/w-2.ndjson"));
    }

    [Fact]
    public async Task Flush_AfterThePartItCreated_WaitsForNoDisk()
    {
        await using var writer = Writer();
        for (var part = 1; part <= 3; part++)
            await PassAsync(TimeSpan.FromSeconds(1), writer, parts: part);

        Assert.Equal(["create w-1", "replace w-2", "replace w-3"], store.Calls);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Flush_WrittenButTheAnswerIsLost_WritesOverNothing(int lostPart)
    {
        await using (var writer = Writer())
        {
            for (var part = 1; part < lostPart; part++)
                await PassAsync(TimeSpan.FromSeconds(1), writer, parts: part);
            store.LostAnswers = 1;
            writer.Happened("r", Event(RunEventKind.Began, 10));
            await PassAsync(TimeSpan.FromSeconds(1), null, parts: 0, () => store.LostAnswers == 0);
            writer.Happened("r", Event(RunEventKind.Began, 11));
        }

        // Whoever has read the part whose answer was lost finds what is new in the next one.
        Assert.Single(Lines($"runs/r/events/w-{lostPart}.ndjson"));
        Assert.Equal(2, Lines($"runs/r/events/w-{lostPart + 1}.ndjson").Length);
        Assert.Equal(lostPart + 1, store.Blobs.Count);
    }

    [Fact]
    public void Buffer_WhenFull_DropsTheOldestProgressFirst()
    {
        var buffer = new EventBuffer(3);
        buffer.Add(Event(RunEventKind.Began, 1));
        buffer.Add(Event(RunEventKind.Progress, 1, 0.1));
        buffer.Add(Event(RunEventKind.Progress, 2, 0.1));
        buffer.Add(Event(RunEventKind.Ended, 1));
        Assert.Equal([(RunEventKind.Began, 1), (RunEventKind.Progress, 2), (RunEventKind.Ended, 1)], buffer.Take()
            .Select(e => (e.Kind, e.Attempt)));
    }

    [Fact]
    public void Buffer_FullOfOtherThings_DropsTheOldest()
    {
        var buffer = new EventBuffer(2);
        for (var attempt = 1; attempt <= 4; attempt++)
            buffer.Add(Event(RunEventKind.Began, attempt));
        Assert.Equal([3, 4], buffer.Take().Select(e => e.Attempt));
    }

    private EventWriter Writer() => new(store, "r", "w", clock);

    private RunEvent Event(RunEventKind kind, int attempt, double? fraction = null, string? message = null) =>
        new(clock.GetUtcNow(), kind, "T-1", attempt) { Fraction = fraction, Message = message };

    private string[] Lines(string name) => Encoding.UTF8.GetString(store.Blobs[name]).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private async Task PassAsync(TimeSpan time, EventWriter? writer, int parts, Func<bool>? flushed = null)
    {
        writer?.Happened("r", Event(RunEventKind.Began, parts));
        await Until(() => clock.NextDue is not null);
        clock.Advance(time);
        await Until(flushed ?? (() => store.Blobs.Count == parts));
    }

    private static async Task Until(Func<bool> condition)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(120));
        while (!condition())
        {
            limit.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    private sealed class FlakyStore : InMemoryBlobStore
    {
        public int Failures { get; set; }

        public int LostAnswers { get; set; }

        public List<string> Calls { get; } = [];

        public override async Task<bool> CreateAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
        {
            FailBefore("create", name);
            var made = await base.CreateAsync(name, content, cancellationToken);
            FailAfter();
            return made;
        }

        public override async Task ReplaceAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
        {
            FailBefore("replace", name);
            await base.ReplaceAsync(name, content, cancellationToken);
            FailAfter();
        }

        private void FailBefore(string call, string name)
        {
            Calls.Add($"{call} {Path.GetFileNameWithoutExtension(name)}");
            if (Failures == 0)
                return;
            Failures--;
            throw new StoreException(StoreFault.Unavailable, "gone");
        }

        private void FailAfter()
        {
            if (LostAnswers == 0)
                return;
            LostAnswers--;
            throw new StoreException(StoreFault.Unavailable, "no answer");
        }
    }
}
