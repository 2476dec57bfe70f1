using System.Collections.Immutable;
using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using Miyabi.Core.Ledger;
using Miyabi.Core.Plans;
using Miyabi.Core.Runs;
using Miyabi.Web.Answers;
using Miyabi.Web.Contracts;

namespace Miyabi.Web.Handlers;

/// <summary>Gives what runs put out: results and manifests as they were sealed, and the files that tasks produced.</summary>
/// <param name="services">What it works with.</param>
public sealed class ResultHandlers(ApiServices services)
{
    private const int DefaultLimit = 200;
    private const int MaxLimit = 1_000;

    // A page ends early after a result of very many files.
    private const int MaxFiles = 20_000;
    private const string SealedType = "application/json";

    /// <summary><c>GET runs/{id}/results</c>: the last result of each task that has one, without outputs, a page at a time.</summary>
    public Task<IResult> ListAsync(HttpRequest request, string id, CancellationToken cancellationToken) =>
        ApiCall.AnswerAsync(request.HttpContext, services, id, token => PageAsync(id, request.Query, token), cancellationToken);

    /// <summary><c>GET runs/{id}/results/{taskId}</c>: the last result of a task, or of a check of it by its name, as it was sealed.</summary>
    public Task<IResult> GetAsync(HttpRequest request, string id, string taskId, CancellationToken cancellationToken) => ApiCall.AnswerAsync(
        request.HttpContext,
        services,
        id,
        async token => StageName.IsIdOrStage(taskId)
            ? Answer.Stored(await new RunResults(await services.Runs.GetAsync(id, token)).FileAsync(taskId, token), SealedType)
            : Problem.InvalidId("A task's id"),
        cancellationToken);

    /// <summary><c>GET runs/{id}/manifest</c>: the manifest of the last generation that has ended, as it was sealed.</summary>
    public Task<IResult> ManifestAsync(HttpRequest request, string id, CancellationToken cancellationToken) =>
        ApiCall.AnswerAsync(request.HttpContext, services, id, token => LastManifestAsync(id, token), cancellationToken);

    /// <summary><c>GET runs/{id}/artifacts/{sha256}</c>: a file that a task produced; its content is what its name says.</summary>
    public Task<IResult> ArtifactAsync(HttpRequest request, string id, string sha256, CancellationToken cancellationToken) =>
        ApiCall.AnswerAsync(request.HttpContext, services, id, token => FileAsync(id, sha256, token), cancellationToken);

    private async Task<IResult> PageAsync(string id, IQueryCollection query, CancellationToken cancellationToken)
    {
        var limit = DefaultLimit;
        if (query["limit"] is { Count: > 0 } given && !(int.TryParse(given, NumberStyles.None, CultureInfo.InvariantCulture, out limit) && limit is >= 1 and <= MaxLimit))
            return Problem.InvalidParameter("limit", $"Give a whole number from 1 to {MaxLimit}.");
        var after = query["after"] is { Count: > 0 } named ? named.ToString() : null;
        if (after is not null && !PlanLimits.IsId(after))
            return Problem.InvalidParameter("after", "Give what 'next' of the page before says.");
        var page = ImmutableArray.CreateBuilder<ResultJson>();
        var (files, next) = (0, (string?)null);
        await foreach (var result in new RunResults(await services.Runs.GetAsync(id, cancellationToken)).AfterAsync(after, cancellationToken))
        {
            if (page.Count == limit || files > MaxFiles)
            {
                next = page[^1].Task;
                break;
            }

            files += result.Payload?.Files.Length ?? 0;
            page.Add(Short(ResultJson.Of(result)));
        }

        return Answer.Of(200, new ResultsJson { Run = id, Results = page.ToImmutable(), Next = next }, Answer.Json.ResultsJson);
    }

    // Outputs and what programs wrote are as large as agents like: the sealed result has them.
    private static ResultJson Short(ResultJson result) => result with { Output = null, Failure = result.Failure is { } failure ? failure with { ErrorTail = null, OutputTail = null } : null };

    private async Task<IResult> LastManifestAsync(string id, CancellationToken cancellationToken)
    {
        var ledger = services.Runs.LedgerOf(id);
        return await ledger.ReadLastManifestFileAsync(cancellationToken) is { } file ? Answer.Stored(file, SealedType)
            : await ledger.ReadPlanAsync(cancellationToken) is null ? throw new Core.Activities.RunNotFoundException(id)
            : Problem.NotFound("no-manifest", $"Run '{id}' has not ended, or was taken up again: it has no manifest yet.");
    }

    private async Task<IResult> FileAsync(string id, string sha256, CancellationToken cancellationToken)
    {
        if (sha256.Length != 64 || !sha256.All(char.IsAsciiHexDigitLower))
            return Problem.Of(400, "invalid-digest", "This is no digest.", "A file is named by its SHA-256: 64 lower-case hex digits.");
        if (await services.Runs.LedgerOf(id).FindArtifactAsync(sha256, cancellationToken) is not { } content)
            return Problem.NotFound("no-artifact", $"Run '{id}' has no file of this digest.");
        return Answer.Stored(content, "application/octet-stream")
            .With(HeaderNames.ContentDisposition, $"attachment; filename=\"{sha256}\"")
            .With(HeaderNames.ContentSecurityPolicy, "sandbox");
    }
}
