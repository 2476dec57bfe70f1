using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Miyabi.Web;

/// <summary>The W3C trace context that a request came with, for the run to go on in.</summary>
internal static class RequestTrace
{
    /// <summary>The current activity's, or, where nobody listens to activities, the request's own.</summary>
    /// <returns><see langword="null"/>: there is none, or what the request says is none.</returns>
    internal static string? Of(HttpRequest request) =>
        Activity.Current is { IdFormat: ActivityIdFormat.W3C, Id: { } id } ? id
        : request.Headers[HeaderNames.TraceParent].ToString() is { Length: > 0 } given && ActivityContext.TryParse(given, null, out _) ? given
        : null;
}
