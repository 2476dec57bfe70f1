namespace Miyabi.Core.Runs;

/// <summary>Events that are still to be written: in order, with the latest progress of each attempt only, and bounded.</summary>
internal sealed class EventBuffer(int capacity)
{
    private readonly Lock gate = new();
    private readonly Dictionary<(string Task, int Attempt), LinkedListNode<RunEvent>> progress = [];
    private LinkedList<RunEvent> events = [];

    internal void Add(RunEvent happening)
    {
        lock (gate)
        {
            if (happening.Kind == RunEventKind.Progress && progress.Remove((happening.Task, happening.Attempt), out var earlier))
                events.Remove(earlier);
            var node = events.AddLast(happening);
            if (happening.Kind == RunEventKind.Progress)
                progress[(happening.Task, happening.Attempt)] = node;
            Bound();
        }
    }

    /// <summary>Takes everything out.</summary>
    internal List<RunEvent> Take()
    {
        lock (gate)
        {
            List<RunEvent> taken = [.. events];
            events = [];
            progress.Clear();
            return taken;
        }
    }

    /// <summary>Puts what could not be written back in front of what came since.</summary>
    internal void PutBack(List<RunEvent> taken)
    {
        lock (gate)
        {
            for (var i = taken.Count - 1; i >= 0; i--)
            {
                var happening = taken[i];
                if (happening.Kind != RunEventKind.Progress)
                    events.AddFirst(happening);
                else if (!progress.ContainsKey((happening.Task, happening.Attempt)))
                    progress[(happening.Task, happening.Attempt)] = events.AddFirst(happening);
            }

            Bound();
        }
    }

    private void Bound()
    {
        while (events.Count > capacity)
        {
            var oldest = events.First!;
            while (progress.Count > 0 && oldest.Value.Kind != RunEventKind.Progress)
                oldest = oldest.Next!;
            if (oldest.Value.Kind == RunEventKind.Progress)
                progress.Remove((oldest.Value.Task, oldest.Value.Attempt));
            events.Remove(oldest);
        }
    }
}
