using System.Collections.Immutable;
using System.Net;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Miyabi.Core.Activities;
using Miyabi.Core.FrontDoor;
using Miyabi.Core.Ledger;
using Miyabi.Core.Runs;
using Miyabi.Web.Answers;
using Miyabi.Web.Contracts;

namespace Miyabi.Cli.Remote;

/// <summary>A function app, asked over its HTTP API. What it answers is checked to be an answer before anything is made of it.</summary>
/// <remarks>
/// Every method may throw <see cref="StoreException"/> (no answer, or one that makes no sense), <see cref="RemoteDeniedException"/>,
/// <see cref="ControlRefusedException"/> or <see cref="RunRefusedException"/> (it says why not), and of a run <see cref="RunNotFoundException"/>.
/// </remarks>
internal sealed class RemoteApp(RemoteAddress address, RemoteConnection connection) : IDisposable
{
    private const string Json = "application/json";
    private const long MaxViewBytes = 64 * 1024 * 1024;
    private const long MaxPageBytes = 16 * 1024 * 1024;
    private const long MaxAnswerBytes = 1024 * 1024;
    private const int RunsAPage = 200;
    private const int MaxListed = 2_000_000;

    /// <summary>Where it is.</summary>
    internal RemoteAddress Address => address;

    /// <summary>How a run stands.</summary>
    internal async Task<RunView> ReadRunAsync(string run, CancellationToken cancellationToken)
    {
        var answer = await OfRunAsync(run, "", MaxViewBytes, cancellationToken);
        var view = connection.Failure.Read(answer, ContractJson.RunType);
        return ReceivedRun.WhatIsWrong(view, run) is { } wrong ? throw connection.Failure.Senseless(wrong) : view;
    }

    /// <summary>Waits until something happens in a run, up to about 25 s.</summary>
    /// <param name="run">The run.</param>
    /// <param name="after">What the last call answered; <see langword="null"/>: from the beginning.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    internal async Task<EventsJson> WaitAsync(string run, string? after, CancellationToken cancellationToken)
    {
        var page = connection.Failure.Read(await OfRunAsync(run, $"/events{After(after)}", MaxPageBytes, cancellationToken), AnswerJson.Default.EventsJson);
        return page.Items is null ? throw connection.Failure.Senseless("a page of events has no items") : page;
    }

    /// <summary>Every run, in the app's order.</summary>
    internal async IAsyncEnumerable<RunSummary> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (string? after = null; ;)
        {
            var page = connection.Failure.Read(Succeeded(await connection.GetAsync($"runs?limit={RunsAPage}{After(after, '&')}", Json, MaxPageBytes, cancellationToken)), ContractJson.ListType);
            foreach (var run in page.Runs.IsDefault ? throw connection.Failure.Senseless("a page of runs has no runs") : page.Runs)
            {
                if (run is null || !ReceivedRun.IsRight(run) || !seen.Add(run.Run) || seen.Count > MaxListed)
                    throw connection.Failure.Senseless("its list of runs cannot be");
                yield return run;
            }

            if (string.IsNullOrEmpty(page.Next))
                yield break;
            after = page.Runs.IsEmpty || page.Next == after ? throw connection.Failure.Senseless("its list of runs does not go on") : page.Next;
        }
    }

    /// <summary>The names of a run's documents, below its folder, in ordinal order. Names that no document can have are left out.</summary>
    internal async IAsyncEnumerable<BlobItem> ListDocumentsAsync(string run, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var (last, count) = ("", 0);
        for (string? after = null; ;)
        {
            var page = connection.Failure.Read(await OfRunAsync(run, $"/documents{After(after)}", MaxPageBytes, cancellationToken), AnswerJson.Default.DocumentsJson);
            foreach (var document in page.Documents is null ? throw connection.Failure.Senseless("a page of documents has no documents") : page.Documents)
            {
                // An order that holds is what ends an endless list, and a document that is there twice.
                if (document is null || document.Bytes < 0 || string.CompareOrdinal(document.Name, last) <= 0 || ++count > MaxListed)
                    throw connection.Failure.Senseless("its list of documents cannot be");
                last = document.Name;
                if (BlobName.IsValid(document.Name))
                    yield return new BlobItem(document.Name, document.Bytes);
            }

            if (string.IsNullOrEmpty(page.Next))
                yield break;
            after = page.Documents.Count == 0 || page.Next == after ? throw connection.Failure.Senseless("its list of documents does not go on") : page.Next;
        }
    }

    /// <summary>A document's bytes as they are stored; <see langword="null"/>: there is none.</summary>
    /// <param name="run">The run.</param>
    /// <param name="name">Below the run's folder.</param>
    /// <param name="maxBytes">How long it may be.</param>
    /// <param name="cancellationToken">Ends it.</param>
    internal async Task<byte[]?> ReadDocumentAsync(string run, string name, long maxBytes, CancellationToken cancellationToken)
    {
        var answer = await connection.GetAsync($"runs/{run}/documents/{name}", "application/octet-stream", maxBytes, cancellationToken);
        return IsMissing(answer) ? null : Succeeded(answer).Content;
    }

    /// <summary>Has a plan carried out; the same call again changes nothing.</summary>
    /// <exception cref="RunExistsException">There is a run of the id, of another plan or with other options.</exception>
    internal async Task<StartJson> StartAsync(StartRequest request, CancellationToken cancellationToken)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(request, RemoteJson.Default.StartRequest);
        var answer = await connection.PostAsync("runs", json, isRepeatable: true, MaxAnswerBytes, cancellationToken);
        if (answer.Status == HttpStatusCode.Conflict && RemoteProblem.Of(answer).Is("run-exists"))
            throw new RunExistsException(request.RunId);
        var started = connection.Failure.Read(Succeeded(answer), AnswerJson.Default.StartJson);
        return started.Run == request.RunId ? started : throw Another();
    }

    /// <summary>Has a run go on that stands still, for whatever reason.</summary>
    internal async Task<ControlJson> ResumeAsync(string run, CancellationToken cancellationToken)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(new DecisionRequest(""), RemoteJson.Default.DecisionRequest);
        var answer = await connection.PostAsync($"runs/{run}/resume", json, isRepeatable: true, MaxAnswerBytes, cancellationToken);
        if (IsMissing(answer))
            throw new RunNotFoundException(run);
        var resumed = connection.Failure.Read(Succeeded(answer), ContractJson.ControlType);
        return resumed.Run == run ? resumed : throw Another();
    }

    /// <summary>Writes down what a person decided.</summary>
    /// <param name="run">The run.</param>
    /// <param name="what">The rest of the route: <c>cancel</c>, <c>tasks/T/approve</c>.</param>
    /// <param name="request">What was decided.</param>
    /// <param name="cancellationToken">Ends it; it may be done then or not.</param>
    internal async Task<ControlJson> SendAsync(string run, string what, DecisionRequest request, CancellationToken cancellationToken)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(request, RemoteJson.Default.DecisionRequest);
        var answer = await connection.PostAsync($"runs/{run}/{what}", json, isRepeatable: false, MaxAnswerBytes, cancellationToken);
        return IsMissing(answer) ? throw new RunNotFoundException(run) : connection.Failure.Read(Succeeded(answer), ContractJson.ControlType);
    }

    /// <summary>The key that the app seals with, as it says.</summary>
    internal async Task<KeyJson> ReadKeyAsync(CancellationToken cancellationToken) =>
        connection.Failure.Read(Succeeded(await connection.GetAsync("keys", Json, MaxAnswerBytes, cancellationToken)), AnswerJson.Default.KeyJson);

    /// <summary>How the app is, as it says.</summary>
    internal async Task<HealthJson> ReadHealthAsync(CancellationToken cancellationToken)
    {
        var answer = await connection.GetAsync("health", Json, MaxAnswerBytes, cancellationToken, waits: false);
        return answer.IsSuccess || (answer.Status == HttpStatusCode.ServiceUnavailable && answer is { IsJson: true, IsProblem: false })
            ? connection.Failure.Read(answer, AnswerJson.Default.HealthJson)
            : throw connection.Failure.Of(answer);
    }

    /// <summary>An answer that makes no sense.</summary>
    internal StoreException Senseless(string why) => connection.Failure.Senseless(why);

    public void Dispose() => connection.Dispose();

    private async Task<RemoteAnswer> OfRunAsync(string run, string route, long maxBytes, CancellationToken cancellationToken)
    {
        var answer = await connection.GetAsync($"runs/{run}{route}", Json, maxBytes, cancellationToken);
        return IsMissing(answer) ? throw new RunNotFoundException(run) : Succeeded(answer);
    }

    private StoreException Another() => Senseless("it answers for another run than was asked for");

    // Of what else would answer 404 to anything, nothing can be said.
    private static bool IsMissing(RemoteAnswer answer) => answer.Status == HttpStatusCode.NotFound && answer.IsProblem;

    private RemoteAnswer Succeeded(RemoteAnswer answer) => answer.IsSuccess ? answer : throw connection.Failure.Of(answer);

    private static string After(string? cursor, char mark = '?') => cursor is null ? "" : $"{mark}after={Uri.EscapeDataString(cursor)}";
}
