using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Miyabi.Core.FrontDoor;

namespace Miyabi.Web;

/// <summary>The HTTP API on a web server of its own: the same handlers that the function app's triggers call.</summary>
public static class MiyabiApi
{
    /// <summary>Maps everything below <c>/api</c>.</summary>
    /// <param name="endpoints">Where to.</param>
    /// <param name="handlers">The handlers.</param>
    /// <param name="engine">The engine for a request.</param>
    public static void MapMiyabiApi(this IEndpointRouteBuilder endpoints, ApiHandlers handlers, Func<HttpContext, IRunEngine> engine)
    {
        var (runs, controls, results, documents) = (handlers.Runs, handlers.Controls, handlers.Results, handlers.Documents);
        Post(ApiRoutes.Runs, context => runs.StartAsync(context.Request, engine(context), context.RequestAborted));
        Get(ApiRoutes.Runs, context => runs.ListAsync(context.Request, context.RequestAborted));
        Get(ApiRoutes.Run, context => runs.GetAsync(context.Request, Of(context, "id"), context.RequestAborted));
        Get(ApiRoutes.Events, context => handlers.Events.GetAsync(context.Request, engine(context), Of(context, "id"), context.RequestAborted));
        Get(ApiRoutes.Results, context => results.ListAsync(context.Request, Of(context, "id"), context.RequestAborted));
        Get(ApiRoutes.Result, context => results.GetAsync(context.Request, Of(context, "id"), Of(context, "taskId"), context.RequestAborted));
        Get(ApiRoutes.Manifest, context => results.ManifestAsync(context.Request, Of(context, "id"), context.RequestAborted));
        Get(ApiRoutes.Artifact, context => results.ArtifactAsync(context.Request, Of(context, "id"), Of(context, "sha256"), context.RequestAborted));
        Get(ApiRoutes.Documents, context => documents.ListAsync(context.Request, Of(context, "id"), context.RequestAborted));
        Get(ApiRoutes.Document, context => documents.GetAsync(context.Request, Of(context, "id"), Of(context, "path"), context.RequestAborted));
        Post(ApiRoutes.Cancel, context => controls.CancelAsync(context.Request, Of(context, "id"), engine(context), context.RequestAborted));
        Post(ApiRoutes.Suspend, context => controls.SuspendAsync(context.Request, Of(context, "id"), engine(context), context.RequestAborted));
        Post(ApiRoutes.Resume, context => controls.ResumeAsync(context.Request, Of(context, "id"), engine(context), context.RequestAborted));
        Post(ApiRoutes.Retry, context => controls.RetryAsync(context.Request, Of(context, "id"), engine(context), context.RequestAborted));
        Post(ApiRoutes.Approve, context => controls.ApproveAsync(context.Request, Of(context, "id"), Of(context, "taskId"), engine(context), context.RequestAborted));
        Post(ApiRoutes.Reject, context => controls.RejectAsync(context.Request, Of(context, "id"), Of(context, "taskId"), engine(context), context.RequestAborted));
        Post(ApiRoutes.Validate, context => handlers.Plans.ValidateAsync(context.Request, context.RequestAborted));
        Get(ApiRoutes.Keys, context => documents.KeysAsync(context.Request, context.RequestAborted));
        Get(ApiRoutes.Health, context => handlers.Health.GetAsync(context.Request, engine(context), context.RequestAborted));
        Get(ApiRoutes.OpenApi, _ => Handlers.OtherHandlers.OpenApiAsync());
        endpoints.Map($"{ApiRoutes.Prefix}/{ApiRoutes.Other}", Run(context => handlers.Other.AnswerAsync(context.Request, Of(context, "path"), context.RequestAborted)));

        void Get(string route, Func<HttpContext, Task<IResult>> answer) => endpoints.MapMethods($"{ApiRoutes.Prefix}/{route}", ["GET"], Run(answer));

        void Post(string route, Func<HttpContext, Task<IResult>> answer) => endpoints.MapMethods($"{ApiRoutes.Prefix}/{route}", ["POST"], Run(answer));
    }

    private static RequestDelegate Run(Func<HttpContext, Task<IResult>> answer) => async context => await (await answer(context)).ExecuteAsync(context);

    private static string Of(HttpContext context, string name) => context.Request.RouteValues[name]?.ToString() ?? "";
}
