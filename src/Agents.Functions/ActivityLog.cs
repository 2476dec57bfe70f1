using Microsoft.Extensions.Logging;
using Miyabi.Core.Activities;
using Miyabi.Core.Ledger;
using Miyabi.Core.Orchestration;

namespace Agents.Functions;

/// <summary>Carries activities out and logs how they fail, by the kind of it; and once for all of them when the store goes away and when it is back.</summary>
/// <param name="logger">Where to.</param>
/// <param name="clock">The time.</param>
public sealed class ActivityLog(ILogger<ActivityLog> logger, TimeProvider clock)
{
    private readonly Lock gate = new();
    private long? awaySince;

    /// <inheritdoc cref="ActivityAnswer.OfAsync"/>
    /// <param name="name">The activity's name.</param>
    /// <param name="run">The run's id.</param>
    /// <param name="activity">The activity.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public Task<ActivityAnswer<T>> OfAsync<T>(string name, string run, Func<CancellationToken, Task<T>> activity, CancellationToken cancellationToken) =>
        ActivityAnswer.OfAsync(
            async token =>
            {
                try
                {
                    var answer = await activity(token);
                    IsBack();
                    return answer;
                }
                catch (Exception e) when (Failed(name, run, e))
                {
                    throw;
                }
            },
            cancellationToken);

    /// <summary>Logs who carries a run on, at the start of each execution of its orchestration: started, resumed, or after its history was cut.</summary>
    public void Stepped(AdvanceRequest request, AdvanceAnswer answer)
    {
        if (answer.Superseded)
            Logs.RunLeft(logger, request.Run, answer.Step, request.Owner);
        else if (request.Opening)
            Logs.RunOpened(logger, request.Run, answer.Step, request.Owner);
    }

    // Always false: for an exception filter.
    private bool Failed(string name, string run, Exception e)
    {
        switch (e)
        {
            case SupersededException:
                Logs.ActivitySuperseded(logger, name, run);
                break;
            case SealException or UntrustedKeyException or RunNotFoundException:
                Logs.ActivityFaulted(logger, name, run, e.GetType().Name);
                break;
            case StoreException { Fault: var fault }:
                IsAway(fault);
                Logs.ActivityFailed(logger, name, run, $"{nameof(StoreException)} {fault}");
                break;
            default:
                Logs.ActivityFailed(logger, name, run, e.GetType().Name);
                break;
        }

        return false;
    }

    private void IsAway(StoreFault fault)
    {
        lock (gate)
        {
            if (awaySince is not null)
                return;
            awaySince = clock.GetTimestamp();
        }

        Logs.StoreAway(logger, fault.ToString());
    }

    private void IsBack()
    {
        long since;
        lock (gate)
        {
            if (awaySince is not { } away)
                return;
            (since, awaySince) = (away, null);
        }

        Logs.StoreBack(logger, clock.GetElapsedTime(since).TotalSeconds);
    }
}
