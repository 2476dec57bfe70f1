using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using Miyabi.Core.FrontDoor;
using Miyabi.Core.Json;
using Miyabi.Core.Runs;
using Miyabi.Web.Answers;
using Miyabi.Web.Contracts;

namespace Miyabi.Web.Handlers;

/// <summary>Starts runs, and tells where they stand.</summary>
/// <param name="services">What it works with.</param>
public sealed class RunHandlers(ApiServices services)
{
    private const int DefaultLimit = 50;
    private const int MaxLimit = 200;
    private const int MaxLooks = 200;
    private const int MaxAfter = 512;

    private readonly PlanCheck plans = new(services);
    private readonly RecentRuns recent = new(services.Runs, services.Store, services.Clock);

    /// <summary><c>POST runs</c>: accepts a run, and sees to it that it is carried out. Asked again for the same run, it answers the same.</summary>
    public Task<IResult> StartAsync(HttpRequest request, IRunEngine engine, CancellationToken cancellationToken) =>
        ApiCall.AnswerAsync(request.HttpContext, services, token => StartRunAsync(request, engine, token), cancellationToken);

    /// <summary><c>GET runs</c>: runs in ordinal order of ids, a page at a time.</summary>
    public Task<IResult> ListAsync(HttpRequest request, CancellationToken cancellationToken) =>
        ApiCall.AnswerAsync(request.HttpContext, services, token => PageAsync(request.Query, token), cancellationToken);

    /// <summary><c>GET runs/{id}</c>: a run, task by task.</summary>
    public Task<IResult> GetAsync(HttpRequest request, string id, CancellationToken cancellationToken) =>
        ApiCall.AnswerAsync(request.HttpContext, services, id, async token => Answer.Of(200, ContractJson.Node(await ViewAsync(id, token))), cancellationToken);

    private async Task<IResult> StartRunAsync(HttpRequest request, IRunEngine engine, CancellationToken cancellationToken)
    {
        var (asked, options, problem) = await plans.ReadAsync(request, cancellationToken);
        if (problem is not null)
            return problem;
        var now = services.Clock.GetUtcNow();
        var id = asked.RunId ?? RunIds.New(asked.Reading.Plan!.Name, now, RandomNumberGenerator.GetHexString(4, lowercase: true));
        return await ApiCall.AnswerAsync(request.HttpContext, services, id, token => AcceptAsync(request, engine, id, (asked, options), token), cancellationToken);
    }

    private async Task<IResult> AcceptAsync(HttpRequest request, IRunEngine engine, string id, (RunRequest Asked, Core.Ledger.RunOptions Options) what, CancellationToken cancellationToken)
    {
        var isNew = await RunAcceptance.AcceptOnceAsync(services.Runs.LedgerOf(id), what.Asked.Reading, what.Options, services.Clock.GetUtcNow(), cancellationToken);
        var starts = new RunStarts(services.Runs, engine, services.Clock, services.NewHolder);
        var trace = RequestTrace.Of(request);
        var start = isNew ? await starts.StartNewAsync(id, trace, cancellationToken) : await starts.EnsureAsync(id, resumes: false, trace, cancellationToken);
        var isAccepted = isNew || start.Standing == RunStanding.Started;
        var state = isNew ? RunState.Waiting : (await ViewAsync(id, cancellationToken)).State;
        var links = Links(request, id);
        return Answer.Of(isAccepted ? 202 : 200, new StartJson(id, state, start.Standing, start.Instance, links), Answer.Json.StartJson).With("Location", links["self"]);
    }

    private Task<RunView> ViewAsync(string id, CancellationToken cancellationToken) => recent.ReadAsync(id, cancellationToken);

    private static SortedDictionary<string, string> Links(HttpRequest request, string id)
    {
        return new(StringComparer.Ordinal)
        {
            ["self"] = To(ApiRoutes.Run),
            ["events"] = To(ApiRoutes.Events),
            ["results"] = To(ApiRoutes.Results),
            ["manifest"] = To(ApiRoutes.Manifest),
            ["documents"] = To(ApiRoutes.Documents),
            ["cancel"] = To(ApiRoutes.Cancel),
        };

        string To(string route) => $"{request.PathBase}/{ApiRoutes.Prefix}/{route.Replace("{id}", id, StringComparison.Ordinal)}";
    }

    private async Task<IResult> PageAsync(IQueryCollection query, CancellationToken cancellationToken)
    {
        if (query["limit"] is { Count: > 0 } given && !(int.TryParse(given, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is >= 1 and <= MaxLimit))
            return Problem.InvalidParameter("limit", $"Give a whole number from 1 to {MaxLimit}.");
        RunState? state = null;
        if (query["state"] is { Count: > 0 } named)
        {
            if (StateOf(named.ToString()) is not { } known)
                return Problem.InvalidParameter("state", WhichState(named.ToString()));
            state = known;
        }

        var after = query["after"].ToString();
        if (after.Length > MaxAfter)
            return Problem.InvalidParameter("after", "Give what 'next' of the page before says.");
        var limit = query["limit"] is { Count: > 0 } asked ? int.Parse(asked.ToString(), CultureInfo.InvariantCulture) : DefaultLimit;
        return Answer.Of(200, await PageAsync(state, limit, after, cancellationToken), Answer.Json.ListJson);
    }

    // A page may have fewer runs than asked for and more after it: no request looks at more than so many.
    private async Task<ListJson> PageAsync(RunState? state, int limit, string after, CancellationToken cancellationToken)
    {
        var page = ImmutableArray.CreateBuilder<RunSummary>();
        var (last, looked) = (after, 0);
        var most = state is null ? limit : MaxLooks;
        var isFull = false;
        await foreach (var run in new RunReader(services.Runs, services.Store).ListAsync(after, most, cancellationToken))
        {
            (last, looked) = (run.Run, looked + 1);
            if (state is null || run.State == state)
                page.Add(Bounded(run));
            if (isFull = page.Count == limit)
                break;
        }

        return new ListJson { Runs = page.ToImmutable(), Next = isFull || looked == most ? last : null };
    }

    private static RunSummary Bounded(RunSummary run) => run.Reason is { } reason ? run with { Reason = Problem.Clean(reason) } : run;

    private static RunState? StateOf(string name) => Enum.GetValues<RunState>().Cast<RunState?>().FirstOrDefault(state => NameOf(state!.Value) == name);

    private static string WhichState(string name)
    {
        var names = Enum.GetValues<RunState>().Select(NameOf).ToList();
        return NearestName.Of(name, names) is { } near ? $"Did you mean '{near}'?" : $"Give one of {string.Join(", ", names)}.";
    }

    private static string NameOf(RunState state) => System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(state.ToString());
}
