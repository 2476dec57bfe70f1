using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Miyabi.Web;
using Miyabi.Web.Handlers;

namespace Orchestrator.Functions;

/// <summary>What anybody may ask, and what nothing else answers: <see cref="HealthHandlers"/> and <see cref="OtherHandlers"/> over HTTP.</summary>
/// <param name="api">What answers.</param>
public sealed class HttpHealth(ApiHandlers api)
{
    /// <inheritdoc cref="HealthHandlers.GetAsync"/>
    [Function("GetHealth")]
    public Task<IResult> HealthAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = ApiRoutes.Health)] HttpRequest request, [DurableClient] DurableTaskClient client, CancellationToken cancellationToken) =>
        api.Health.GetAsync(request, new DurableRunEngine(client), cancellationToken);

    /// <inheritdoc cref="OtherHandlers.OpenApiAsync"/>
    [Function("GetOpenApi")]
    public static Task<IResult> OpenApiAsync([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = ApiRoutes.OpenApi)] HttpRequest request) => OtherHandlers.OpenApiAsync();

    /// <inheritdoc cref="OtherHandlers.AnswerAsync"/>
    [Function("Other")]
    public Task<IResult> OtherAsync(
        [HttpTrigger(AuthorizationLevel.Function, "get", "post", "put", "patch", "delete", Route = ApiRoutes.Other)] HttpRequest request, string path, CancellationToken cancellationToken) =>
        api.Other.AnswerAsync(request, path, cancellationToken);
}
