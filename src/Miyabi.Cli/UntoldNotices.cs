using Miyabi.Core.Ledger;
using Miyabi.Core.Runs;

namespace Miyabi.Cli;

/// <summary>Keeps what those whom the plan notifies could not be told, and says so at the end.</summary>
internal sealed class UntoldNotices : IRunObserver
{
    private const int MaxShown = 5;

    private readonly Lock gate = new();
    private readonly List<string> first = [];
    private int count;

    public void Stepped(StepDocument step)
    {
    }

    public void Happened(string run, RunEvent happening)
    {
        if (happening.Kind != RunEventKind.Undelivered)
            return;
        lock (gate)
        {
            count++;
            if (first.Count < MaxShown)
                first.Add(happening.Message ?? "");
        }
    }

    internal void Tell()
    {
        lock (gate)
        {
            if (count == 0)
                return;
            Console.Error.WriteLine($"miyabi: {(count == 1 ? "A webhook was" : $"{count} webhooks were")} not delivered; the run itself is not affected:");
            foreach (var message in first)
                Console.Error.WriteLine($"  {Printable.Text(message)}");
            if (count > first.Count)
                Console.Error.WriteLine($"  and {count - first.Count} more");
        }
    }
}
