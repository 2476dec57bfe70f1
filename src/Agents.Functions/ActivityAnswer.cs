using Miyabi.Core.Activities;
using Miyabi.Core.Ledger;

namespace Agents.Functions;

/// <summary>What an activity function gives back: the answer, or why there is none and never will be.</summary>
/// <remarks>
/// Only what trying again may cure leaves an activity as an exception; the engine tries it again. What cannot be cured so - documents that do not hold - crosses as data,
/// so that an orchestration knows it for what it is: of an exception the engine carries a name and a text.
/// </remarks>
/// <typeparam name="T">The answer's type.</typeparam>
/// <param name="Value">The answer.</param>
/// <param name="Fault">For people: why there is none.</param>
/// <param name="Superseded">There is none because a newer owner has taken the run over.</param>
public sealed record ActivityAnswer<T>(T? Value, string? Fault = null, bool Superseded = false);

/// <summary>Makes answers of activities.</summary>
public static class ActivityAnswer
{
    /// <summary>Runs an activity.</summary>
    /// <exception cref="StoreException">The store could not be read or written; the same call may succeed later.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was set.</exception>
    public static async Task<ActivityAnswer<T>> OfAsync<T>(Func<CancellationToken, Task<T>> activity, CancellationToken cancellationToken)
    {
        try
        {
            return new ActivityAnswer<T>(await activity(cancellationToken));
        }
        catch (SupersededException e)
        {
            return new ActivityAnswer<T>(default, e.Message, Superseded: true);
        }
        catch (Exception e) when (e is SealException or UntrustedKeyException or RunNotFoundException)
        {
            return new ActivityAnswer<T>(default, e.Message);
        }
    }
}
