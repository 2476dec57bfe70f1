using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Miyabi.Web;
using Miyabi.Web.Handlers;

namespace Orchestrator.Functions;

/// <summary>Takes what people decide about runs: <see cref="ControlHandlers"/> over HTTP.</summary>
/// <param name="api">What answers.</param>
public sealed class HttpControls(ApiHandlers api)
{
    /// <inheritdoc cref="ControlHandlers.CancelAsync"/>
    [Function("CancelRun")]
    public Task<IResult> CancelAsync(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = ApiRoutes.Cancel)] HttpRequest request, string id, [DurableClient] DurableTaskClient client, CancellationToken cancellationToken) =>
        api.Controls.CancelAsync(request, id, new DurableRunEngine(client), cancellationToken);

    /// <inheritdoc cref="ControlHandlers.SuspendAsync"/>
    [Function("SuspendRun")]
    public Task<IResult> SuspendAsync(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = ApiRoutes.Suspend)] HttpRequest request, string id, [DurableClient] DurableTaskClient client, CancellationToken cancellationToken) =>
        api.Controls.SuspendAsync(request, id, new DurableRunEngine(client), cancellationToken);

    /// <inheritdoc cref="ControlHandlers.ResumeAsync"/>
    [Function("ResumeRun")]
    public Task<IResult> ResumeAsync(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = ApiRoutes.Resume)] HttpRequest request, string id, [DurableClient] DurableTaskClient client, CancellationToken cancellationToken) =>
        api.Controls.ResumeAsync(request, id, new DurableRunEngine(client), cancellationToken);

    /// <inheritdoc cref="ControlHandlers.RetryAsync"/>
    [Function("RetryRun")]
    public Task<IResult> RetryAsync(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = ApiRoutes.Retry)] HttpRequest request, string id, [DurableClient] DurableTaskClient client, CancellationToken cancellationToken) =>
        api.Controls.RetryAsync(request, id, new DurableRunEngine(client), cancellationToken);

    /// <inheritdoc cref="ControlHandlers.ApproveAsync"/>
    [Function("ApproveTask")]
    public Task<IResult> ApproveAsync(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = ApiRoutes.Approve)] HttpRequest request, string id, string taskId, [DurableClient] DurableTaskClient client, CancellationToken cancellationToken) =>
        api.Controls.ApproveAsync(request, id, taskId, new DurableRunEngine(client), cancellationToken);

    /// <inheritdoc cref="ControlHandlers.RejectAsync"/>
    [Function("RejectTask")]
    public Task<IResult> RejectAsync(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = ApiRoutes.Reject)] HttpRequest request, string id, string taskId, [DurableClient] DurableTaskClient client, CancellationToken cancellationToken) =>
        api.Controls.RejectAsync(request, id, taskId, new DurableRunEngine(client), cancellationToken);
}
