using Miyabi.Core.Ledger;
using Miyabi.Core.Scheduling;

namespace Miyabi.Core.Runs;

/// <summary>An <see cref="EventWriter"/> for each run that something happens in, in a process that works for many.</summary>
/// <param name="store">Where to.</param>
/// <param name="writer">Told apart from every other process; of the form of an id.</param>
/// <param name="clock">The time.</param>
public sealed class EventWriters(IBlobStore store, string writer, TimeProvider clock) : IRunObserver, IAsyncDisposable
{
    /// <summary>How long a run may be silent before its writer is let go. It then begins anew, and looks for the number of its next part.</summary>
    public static readonly TimeSpan Silence = TimeSpan.FromMinutes(15);

    private readonly Lock gate = new();
    private readonly Dictionary<string, (EventWriter Writer, long At)> writers = new(StringComparer.Ordinal);
    private bool disposed;

    /// <summary>Lets go of a run that has ended.</summary>
    public void Stepped(StepDocument step)
    {
        if (!step.Decisions.Any(decision => decision is FinishDecision))
            return;
        EventWriter? ended = null;
        lock (gate)
        {
            if (writers.Remove(step.Run, out var entry))
                ended = entry.Writer;
        }

        LetGo(ended);
    }

    /// <summary>Has the run's writer keep the event.</summary>
    public void Happened(string run, RunEvent happening)
    {
        List<EventWriter> silent = [];
        lock (gate)
        {
            if (disposed)
                return;
            var now = clock.GetTimestamp();
            if (!writers.TryGetValue(run, out var entry))
            {
                entry.Writer = new EventWriter(store, run, writer, clock);
                foreach (var (other, (idle, at)) in writers.Where(other => clock.GetElapsedTime(other.Value.At, now) > Silence).ToList())
                {
                    silent.Add(idle);
                    writers.Remove(other);
                }
            }

            writers[run] = (entry.Writer, now);
            entry.Writer.Happened(run, happening);
        }

        silent.ForEach(LetGo);
    }

    /// <summary>Writes what is left, for at most 10 s.</summary>
    public async ValueTask DisposeAsync()
    {
        List<EventWriter> left;
        lock (gate)
        {
            disposed = true;
            left = [.. writers.Values.Select(entry => entry.Writer)];
            writers.Clear();
        }

        await Task.WhenAll(left.Select(each => each.DisposeAsync().AsTask()));
    }

    // Nobody waits for its last words: events are no evidence.
    private static void LetGo(EventWriter? writer) => _ = writer?.DisposeAsync().AsTask();
}
