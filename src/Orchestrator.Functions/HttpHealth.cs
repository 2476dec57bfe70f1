using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Miyabi.Web;
using Miyabi.Web.Handlers;

namespace Orchestrator.Functions;

/// <summary>What anybody may ask: <see cref="HealthHandlers"/> and the description of the API over HTTP.</summary>
/// <remarks>
/// There is no function for what nothing else answers: the host takes the first route that fits, in the order of the functions' names, and a route that fits all would
/// be taken for others' (seen on a real host). What is not there, the host answers by itself, with 404.
/// </remarks>
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
}
