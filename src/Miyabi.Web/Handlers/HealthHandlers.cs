using Microsoft.AspNetCore.Http;
using Miyabi.Core.FrontDoor;
using Miyabi.Core.Ledger;
using Miyabi.Web.Answers;

namespace Miyabi.Web.Handlers;

/// <summary>Tells whether the app can do its work. Anybody may ask: it names nothing, and what was found is told for a while.</summary>
/// <param name="services">What it works with.</param>
public sealed class HealthHandlers(ApiServices services)
{
    /// <summary>How long an answer is given again: who asks often costs no more.</summary>
    public static readonly TimeSpan Freshness = TimeSpan.FromSeconds(10);

    private const string Ok = "ok";
    private const string Away = "unavailable";

    // The engine is asked for an instance that no run has.
    private const string NoInstance = "miyabi~health";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly RunSweep sweep = new(services.Runs, services.Store, services.Clock, services.NewHolder);
    private readonly Lock gate = new();
    private Task<HealthJson>? looking;
    private long at;

    /// <summary><c>GET health</c>: 200 if store and engine answer, else 503.</summary>
    public async Task<IResult> GetAsync(HttpRequest request, IRunEngine engine, CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, request.HttpContext.RequestAborted);
        Task<HealthJson> look;
        lock (gate)
        {
            if (looking is null || (looking.IsCompleted && services.Clock.GetElapsedTime(at) > Freshness))
                (looking, at) = (LookAsync(engine), services.Clock.GetTimestamp());
            look = looking;
        }

        try
        {
            var told = await look.WaitAsync(either.Token);
            return told.Status == Ok ? Answer.Of(200, told, Answer.Json.HealthJson) : Answer.Of(503, told, Answer.Json.HealthJson).With("Retry-After", "10");
        }
        catch (OperationCanceledException)
        {
            return Results.StatusCode(StatusCodes.Status503ServiceUnavailable);
        }
    }

    private async Task<HealthJson> LookAsync(IRunEngine engine)
    {
        // Not ended by a client that goes away: the answer is everybody's.
        using var limit = new CancellationTokenSource(Patience, services.Clock);
        var store = await IsThereAsync(async token =>
        {
            await foreach (var _ in services.Store.ListFoldersAsync(LedgerPath.Runs, token))
                break;
        }, limit.Token);
        var runs = await IsThereAsync(token => engine.FindAsync(NoInstance, token), limit.Token);
        int? waiting = store && runs ? await WaitingAsync(engine, limit.Token) : null;
        return new HealthJson(store && runs ? Ok : Away, Word(store), Word(runs), waiting);
    }

    private async Task<int?> WaitingAsync(IRunEngine engine, CancellationToken cancellationToken)
    {
        try
        {
            return (await sweep.RunAsync(engine, acts: false, cancellationToken)).Waiting;
        }
        catch (Exception e) when (e is StoreException or EngineException or OperationCanceledException)
        {
            return null; // so many runs that this moment was too short
        }
    }

    private static async Task<bool> IsThereAsync(Func<CancellationToken, Task> ask, CancellationToken cancellationToken)
    {
        try
        {
            await ask(cancellationToken);
            return true;
        }
#pragma warning disable CA1031 // whatever it is, it does not work
        catch (Exception)
#pragma warning restore CA1031
        {
            return false;
        }
    }

    private static string Word(bool isThere) => isThere ? Ok : Away;
}
