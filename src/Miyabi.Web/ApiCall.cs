using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Miyabi.Core.Plans;
using Miyabi.Web.Answers;

namespace Miyabi.Web;

/// <summary>What every request has in common: who may ask, which ids are ids, what a failure is answered with, and that nothing stays open.</summary>
internal static partial class ApiCall
{
    private const string Principal = "X-MS-CLIENT-PRINCIPAL";

    // Of a client that has gone; nobody reads it.
    private const int ClientClosedRequest = 499;

    /// <summary>Answers a request that is about no run.</summary>
    internal static Task<IResult> AnswerAsync(HttpContext context, ApiServices services, Func<CancellationToken, Task<IResult>> answer, CancellationToken cancellationToken) =>
        GuardedAsync(context, services, null, answer, cancellationToken);

    /// <summary>Answers a request about a run.</summary>
    internal static async Task<IResult> AnswerAsync(
        HttpContext context, ApiServices services, string id, Func<CancellationToken, Task<IResult>> answer, CancellationToken cancellationToken)
    {
        if (!PlanLimits.IsId(id))
            return await GuardedAsync(context, services, null, _ => Task.FromResult<IResult>(Problem.InvalidId("A run's id")), cancellationToken);
        try
        {
            return await GuardedAsync(context, services, id, answer, cancellationToken);
        }
        finally
        {
            services.Runs.Close(id);
        }
    }

    private static async Task<IResult> GuardedAsync(
        HttpContext context, ApiServices services, string? run, Func<CancellationToken, Task<IResult>> answer, CancellationToken cancellationToken)
    {
        if (services.AsksForPrincipal && string.IsNullOrEmpty(context.Request.Headers[Principal]))
            return Problem.Of(401, "not-signed-in", "Sign in first.", "This app lets in who has signed in with Microsoft Entra ID, through App Service's authentication.");
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, context.RequestAborted);
        try
        {
            return await answer(either.Token);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            return Results.StatusCode(ClientClosedRequest);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return Problem.Unavailable("ending", "The app is being ended on this machine. Try again.");
        }
        catch (Exception e) when (Failures.Describe(e, run) is { } known)
        {
            return known;
        }
        catch (Exception e)
        {
            if (context.RequestServices?.GetService<ILoggerFactory>() is { } loggers)
                Unexpected(loggers.CreateLogger("Miyabi.Web"), e, context.Request.Method, run ?? "");
            return Failures.Unexpected();
        }
    }

    [LoggerMessage(EventId = 4001, Level = LogLevel.Error, Message = "{Method} about run '{Run}' ended in an error that nothing foresees.")]
    private static partial void Unexpected(ILogger logger, Exception e, string method, string run);
}
