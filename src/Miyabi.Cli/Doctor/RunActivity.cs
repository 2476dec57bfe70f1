using Miyabi.Core.Activities;
using Miyabi.Core.Ledger;
using Miyabi.Core.Plans;
using Miyabi.Core.Runs;

namespace Miyabi.Cli.Doctor;

/// <summary>Whether somebody carries a run out right now.</summary>
internal sealed class RunActivity(OpenRuns runs, Func<string, bool> isDead, TimeProvider clock)
{
    /// <summary>Looks at its owner's lease. What cannot be looked at may well be at work.</summary>
    internal async Task<bool> IsAtWorkAsync(string run, CancellationToken cancellationToken)
    {
        if (!PlanLimits.IsId(run))
            return false;
        try
        {
            return (await new OwnerReader(runs.LedgerOf(run), isDead, clock).ReadAsync(cancellationToken)).IsAtWork;
        }
        catch (StoreException)
        {
            return true;
        }
    }
}
