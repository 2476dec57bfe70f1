using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Miyabi.Web;
using Miyabi.Web.Handlers;

namespace Orchestrator.Functions;

/// <summary>Starts runs, and tells where they stand: <see cref="RunHandlers"/>, <see cref="EventHandlers"/> and <see cref="PlanHandlers"/> over HTTP.</summary>
/// <param name="api">What answers.</param>
public sealed class HttpRuns(ApiHandlers api)
{
    /// <inheritdoc cref="RunHandlers.StartAsync"/>
    [Function("StartRun")]
    public Task<IResult> StartAsync(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = ApiRoutes.Runs)] HttpRequest request, [DurableClient] DurableTaskClient client, CancellationToken cancellationToken) =>
        api.Runs.StartAsync(request, new DurableRunEngine(client), cancellationToken);

    /// <inheritdoc cref="RunHandlers.ListAsync"/>
    [Function("ListRuns")]
    public Task<IResult> ListAsync([HttpTrigger(AuthorizationLevel.Function, "get", Route = ApiRoutes.Runs)] HttpRequest request, CancellationToken cancellationToken) =>
        api.Runs.ListAsync(request, cancellationToken);

    /// <inheritdoc cref="RunHandlers.GetAsync"/>
    [Function("GetRun")]
    public Task<IResult> GetAsync([HttpTrigger(AuthorizationLevel.Function, "get", Route = ApiRoutes.Run)] HttpRequest request, string id, CancellationToken cancellationToken) =>
        api.Runs.GetAsync(request, id, cancellationToken);

    /// <inheritdoc cref="EventHandlers.GetAsync"/>
    [Function("GetRunEvents")]
    public Task<IResult> EventsAsync(
        [HttpTrigger(AuthorizationLevel.Function, "get", Route = ApiRoutes.Events)] HttpRequest request, string id, [DurableClient] DurableTaskClient client, CancellationToken cancellationToken) =>
        api.Events.GetAsync(request, new DurableRunEngine(client), id, cancellationToken);

    /// <inheritdoc cref="PlanHandlers.ValidateAsync"/>
    [Function("ValidatePlan")]
    public Task<IResult> ValidateAsync([HttpTrigger(AuthorizationLevel.Function, "post", Route = ApiRoutes.Validate)] HttpRequest request, CancellationToken cancellationToken) =>
        api.Plans.ValidateAsync(request, cancellationToken);
}
