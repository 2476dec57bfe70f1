using Miyabi.Core.Ledger;
using Miyabi.Core.Runs;

namespace Miyabi.Testing.Runs;

/// <summary>Sees everything and says nothing.</summary>
public sealed class SilentObserver : IRunObserver
{
    public void Stepped(StepDocument step)
    {
    }

    public void Happened(string run, RunEvent happening)
    {
    }
}
