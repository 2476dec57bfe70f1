using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Miyabi.Web;
using Miyabi.Web.Handlers;

namespace Orchestrator.Functions;

/// <summary>Gives what runs put out and how it is proven: <see cref="ResultHandlers"/> and <see cref="DocumentHandlers"/> over HTTP.</summary>
/// <param name="api">What answers.</param>
public sealed class HttpResults(ApiHandlers api)
{
    /// <inheritdoc cref="ResultHandlers.ListAsync"/>
    [Function("ListResults")]
    public Task<IResult> ListAsync([HttpTrigger(AuthorizationLevel.Function, "get", Route = ApiRoutes.Results)] HttpRequest request, string id, CancellationToken cancellationToken) =>
        api.Results.ListAsync(request, id, cancellationToken);

    /// <inheritdoc cref="ResultHandlers.GetAsync"/>
    [Function("GetResult")]
    public Task<IResult> GetAsync(
        [HttpTrigger(AuthorizationLevel.Function, "get", Route = ApiRoutes.Result)] HttpRequest request, string id, string taskId, CancellationToken cancellationToken) =>
        api.Results.GetAsync(request, id, taskId, cancellationToken);

    /// <inheritdoc cref="ResultHandlers.ManifestAsync"/>
    [Function("GetManifest")]
    public Task<IResult> ManifestAsync([HttpTrigger(AuthorizationLevel.Function, "get", Route = ApiRoutes.Manifest)] HttpRequest request, string id, CancellationToken cancellationToken) =>
        api.Results.ManifestAsync(request, id, cancellationToken);

    /// <inheritdoc cref="ResultHandlers.ArtifactAsync"/>
    [Function("GetArtifact")]
    public Task<IResult> ArtifactAsync(
        [HttpTrigger(AuthorizationLevel.Function, "get", Route = ApiRoutes.Artifact)] HttpRequest request, string id, string sha256, CancellationToken cancellationToken) =>
        api.Results.ArtifactAsync(request, id, sha256, cancellationToken);

    /// <inheritdoc cref="DocumentHandlers.ListAsync"/>
    [Function("ListDocuments")]
    public Task<IResult> DocumentsAsync([HttpTrigger(AuthorizationLevel.Function, "get", Route = ApiRoutes.Documents)] HttpRequest request, string id, CancellationToken cancellationToken) =>
        api.Documents.ListAsync(request, id, cancellationToken);

    /// <inheritdoc cref="DocumentHandlers.GetAsync"/>
    [Function("ReadDocument")]
    public Task<IResult> DocumentAsync(
        [HttpTrigger(AuthorizationLevel.Function, "get", Route = ApiRoutes.Document)] HttpRequest request, string id, string path, CancellationToken cancellationToken) =>
        api.Documents.GetAsync(request, id, path, cancellationToken);

    /// <inheritdoc cref="DocumentHandlers.KeysAsync"/>
    [Function("GetKeys")]
    public Task<IResult> KeysAsync([HttpTrigger(AuthorizationLevel.Function, "get", Route = ApiRoutes.Keys)] HttpRequest request, CancellationToken cancellationToken) =>
        api.Documents.KeysAsync(request, cancellationToken);
}
