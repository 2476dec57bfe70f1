using Miyabi.Core.Ledger;
using Miyabi.Core.Runs;

namespace Miyabi.Cli;

/// <summary>Several observers as one, told in order.</summary>
internal sealed class Observers(params IReadOnlyList<IRunObserver> observers) : IRunObserver
{
    public void Stepped(StepDocument step)
    {
        foreach (var observer in observers)
            observer.Stepped(step);
    }

    public void Happened(string run, RunEvent happening)
    {
        foreach (var observer in observers)
            observer.Happened(run, happening);
    }
}
