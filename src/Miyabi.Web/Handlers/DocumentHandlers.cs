using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using Miyabi.Core.Activities;
using Miyabi.Core.Ledger;
using Miyabi.Web.Answers;

namespace Miyabi.Web.Handlers;

/// <summary>Gives the files of runs as they stand in the store, believed or not: whoever wants to can verify a run elsewhere.</summary>
/// <param name="services">What it works with.</param>
public sealed class DocumentHandlers(ApiServices services)
{
    /// <summary>Names on a page.</summary>
    internal const int PageSize = 5_000;

    private const long MaxFileBytes = 128L * 1024 * 1024;

    /// <summary><c>GET runs/{id}/documents</c>: the names of all files, below the run's folder, in ordinal order, a page at a time.</summary>
    public Task<IResult> ListAsync(HttpRequest request, string id, CancellationToken cancellationToken) =>
        ApiCall.AnswerAsync(request.HttpContext, services, id, token => PageAsync(id, request.Query["after"].ToString(), token), cancellationToken);

    /// <summary><c>GET runs/{id}/documents/{path}</c>: a file's bytes. Without a path it is the list: not every host tells the two apart.</summary>
    public Task<IResult> GetAsync(HttpRequest request, string id, string? path, CancellationToken cancellationToken) => string.IsNullOrEmpty(path)
        ? ListAsync(request, id, cancellationToken)
        : ApiCall.AnswerAsync(request.HttpContext, services, id, token => FileAsync(id, path, token), cancellationToken);

    /// <summary><c>GET keys</c>: the key that this app seals with, for others to trust.</summary>
    public Task<IResult> KeysAsync(HttpRequest request, CancellationToken cancellationToken) => ApiCall.AnswerAsync(
        request.HttpContext,
        services,
        _ => Task.FromResult<IResult>(Answer.Of(200, new KeyJson(services.KeyId, services.PublicKeyPem), Answer.Json.KeyJson)),
        cancellationToken);

    private async Task<IResult> PageAsync(string id, string after, CancellationToken cancellationToken)
    {
        var folder = LedgerPath.Run(id);
        if (after.Length > 0 && !BlobName.IsValid(folder + after))
            return Problem.InvalidParameter("after", "Give what 'next' of the page before says.");
        List<DocumentJson> page = [];
        var isAny = false;
        await foreach (var blob in services.Store.ListAsync(folder, cancellationToken))
        {
            isAny = true;
            var name = blob.Name[folder.Length..];
            if (string.CompareOrdinal(name, after) <= 0)
                continue;
            if (page.Count == PageSize)
                return Answer.Of(200, new DocumentsJson(page, page[^1].Name), Answer.Json.DocumentsJson);
            page.Add(new DocumentJson(name, blob.Bytes));
        }

        return isAny ? Answer.Of(200, new DocumentsJson(page, null), Answer.Json.DocumentsJson) : throw new RunNotFoundException(id);
    }

    private async Task<IResult> FileAsync(string id, string path, CancellationToken cancellationToken)
    {
        var name = LedgerPath.Run(id) + path;
        if (!BlobName.IsValid(name))
            return Problem.Of(400, "invalid-path", "This is no document's name.", "A document is named as the list of documents has it: segments of letters, digits, '.', '_' and '-', joined by '/'.");
        if (await services.Store.ReadAsync(name, MaxFileBytes, cancellationToken) is not { } file)
            return Problem.NotFound("no-document", $"Run '{id}' has no document of this name.");
        return Answer.Stored(file, path.EndsWith(".json", StringComparison.Ordinal) ? "application/json" : "application/octet-stream")
            .With(HeaderNames.ContentDisposition, "attachment")
            .With(HeaderNames.ContentSecurityPolicy, "sandbox");
    }
}
