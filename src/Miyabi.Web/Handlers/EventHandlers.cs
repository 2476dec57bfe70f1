using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;
using Miyabi.Core.FrontDoor;
using Miyabi.Core.Ledger;
using Miyabi.Core.Runs;
using Miyabi.Web.Answers;

namespace Miyabi.Web.Handlers;

/// <summary>Tells what happens in runs, from any cursor on: by a long poll, or as server-sent events.</summary>
/// <remarks>Nobody is remembered between requests. For each client one page and one part of events are in memory.</remarks>
/// <param name="services">What it works with.</param>
public sealed class EventHandlers(ApiServices services)
{
    /// <summary>The longest wait of a poll.</summary>
    public static readonly TimeSpan LongestPoll = TimeSpan.FromSeconds(25);

    /// <summary>The longest stream: a load balancer in front of an app ends a silent one after 230 s.</summary>
    public static readonly TimeSpan LongestStream = TimeSpan.FromSeconds(180);

    // The pace of looks for who waits: quick while something happens, slower when not.
    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(0.5);
    private static readonly TimeSpan QuietPace = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan SignOfLife = TimeSpan.FromSeconds(15);

    private const string StreamType = "text/event-stream";
    private const int ReconnectMilliseconds = 2_000;

    /// <summary><c>GET runs/{id}/events</c>: what happened after a cursor; waits until something has, but not for ever.</summary>
    public Task<IResult> GetAsync(HttpRequest request, IRunEngine engine, string id, CancellationToken cancellationToken) =>
        ApiCall.AnswerAsync(request.HttpContext, services, id, token => TellAsync(request, engine, id, token), cancellationToken);

    private async Task<IResult> TellAsync(HttpRequest request, IRunEngine engine, string id, CancellationToken cancellationToken)
    {
        var given = request.Headers["Last-Event-ID"].ToString() is { Length: > 0 } last ? last : request.Query["after"].ToString();
        if ((given.Length == 0 ? RunEventCursor.Start : RunEventCursor.Parse(given)) is not { } cursor)
            return Problem.InvalidParameter("after", "Give what 'next' of the answer before says, or the id of the last event.");
        var ledger = services.Runs.LedgerOf(id);
        if (await ledger.ReadPlanAsync(cancellationToken) is null)
            throw new Core.Activities.RunNotFoundException(id);
        var happenings = new RunHappenings(ledger, services.Store);
        return WantsStream(request) ? await StreamAsync(request.HttpContext, happenings, cursor, cancellationToken) : await PollAsync(happenings, cursor, token => StallAsync(engine, id, token), cancellationToken);
    }

    private static bool WantsStream(HttpRequest request) =>
        request.GetTypedHeaders().Accept.Any(accept => accept.MediaType.Equals(StreamType, StringComparison.OrdinalIgnoreCase) && accept.Quality is not 0);

    private async Task<IResult> PollAsync(RunHappenings happenings, RunEventCursor cursor, Func<CancellationToken, Task<RunStanding?>> lookForStall, CancellationToken cancellationToken)
    {
        var (begun, pace) = (services.Clock.GetTimestamp(), Pace);
        while (true)
        {
            var page = await happenings.ReadAsync(cursor, cancellationToken);
            cursor = page.Next;
            var isQuiet = page.Items.IsEmpty && !page.HasEnded;
            if (!isQuiet || services.Clock.GetElapsedTime(begun) + pace > LongestPoll)
            {
                var stall = isQuiet ? await lookForStall(cancellationToken) : null;
                return Answer.Of(200, new EventsJson([.. page.Items.Select(EventJson.Of)], cursor.ToString(), page.HasEnded) { Standing = stall }, Answer.Json.EventsJson);
            }

            await Task.Delay(pace, services.Clock, cancellationToken);
            pace = Slower(pace);
        }
    }

    // Nothing may come because nobody is at it any more. An engine that cannot be asked is no reason to keep back what the store says.
    private async Task<RunStanding?> StallAsync(IRunEngine engine, string id, CancellationToken cancellationToken)
    {
        try
        {
            var start = await new RunStarts(services.Runs, engine, services.Clock, services.NewHolder).LookAsync(id, cancellationToken);
            return start.Standing == RunStanding.Stalled ? RunStanding.Stalled : null;
        }
        catch (EngineException)
        {
            return null;
        }
    }

    // Read once before the answer begins: what is wrong is told as a problem, and a stream that nothing will come in is none.
    private async Task<IResult> StreamAsync(HttpContext context, RunHappenings happenings, RunEventCursor cursor, CancellationToken cancellationToken)
    {
        var page = await happenings.ReadAsync(cursor, cancellationToken);
        if (page.Items.IsEmpty && page.HasEnded)
            return Results.NoContent(); // tells a browser's EventSource not to come again
        var response = context.Response;
        response.StatusCode = StatusCodes.Status200OK;
        response.ContentType = StreamType;
        response.Headers[HeaderNames.CacheControl] = "no-store";
        response.Headers[HeaderNames.XContentTypeOptions] = "nosniff";
        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        await WriteAsync(response, $"retry: {ReconnectMilliseconds}\n\n", cancellationToken);
        try
        {
            await FollowAsync(response, happenings, page, cancellationToken);
        }
        catch (Exception e) when (Failures.Describe(e, null) is not null)
        {
            // The answer has begun: the stream ends, the client comes again with its cursor, and is told then.
        }

        return Results.Empty;
    }

    private async Task FollowAsync(HttpResponse response, RunHappenings happenings, RunHappeningPage page, CancellationToken cancellationToken)
    {
        var (begun, spoke, pace) = (services.Clock.GetTimestamp(), services.Clock.GetTimestamp(), Pace);
        while (true)
        {
            foreach (var item in page.Items)
                await WriteAsync(response, Text(item), cancellationToken);
            if (!page.Items.IsEmpty)
                (spoke, pace) = (services.Clock.GetTimestamp(), Pace);
            if (page.HasEnded)
                await WriteAsync(response, $"id: {page.Next}\nevent: end\ndata: {{}}\n\n", cancellationToken);
            if (page.HasEnded || services.Clock.GetElapsedTime(begun) + pace > LongestStream)
                return;
            if (!page.HasMore)
            {
                if (services.Clock.GetElapsedTime(spoke) >= SignOfLife)
                {
                    await WriteAsync(response, ":\n\n", cancellationToken);
                    spoke = services.Clock.GetTimestamp();
                }

                await Task.Delay(pace, services.Clock, cancellationToken);
                pace = Slower(pace);
            }

            page = await happenings.ReadAsync(page.Next, cancellationToken);
        }
    }

    private static string Text(RunHappening item)
    {
        var json = EventJson.Of(item);
        // Compact JSON has no line feed in it.
        return $"id: {item.Cursor}\nevent: {json.Type}\ndata: {Answer.Text(json, Answer.Json.EventJson)}\n\n";
    }

    private static async Task WriteAsync(HttpResponse response, string text, CancellationToken cancellationToken)
    {
        await response.Body.WriteAsync(Encoding.UTF8.GetBytes(text), cancellationToken);
        await response.Body.FlushAsync(cancellationToken);
    }

    private static TimeSpan Slower(TimeSpan pace) => pace * 1.5 < QuietPace ? pace * 1.5 : QuietPace;
}
