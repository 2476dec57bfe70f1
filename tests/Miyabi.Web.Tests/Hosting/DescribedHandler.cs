using System.Collections.Concurrent;
using System.Globalization;

namespace Miyabi.Web.Tests.Hosting;

/// <summary>Holds every answer that passes against the description of the API.</summary>
internal sealed class DescribedHandler(HttpMessageHandler inner) : DelegatingHandler(inner)
{
    /// <summary>What was answered: operation and status.</summary>
    internal ConcurrentDictionary<(string Operation, string Status), bool> Seen { get; } = new();

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var response = await base.SendAsync(request, cancellationToken);
        if (Description.OperationOf(request.Method.Method, request.RequestUri!.AbsolutePath) is not { } operation)
            return response;
        var status = ((int)response.StatusCode).ToString(CultureInfo.InvariantCulture);
        Seen[(operation.Id, status)] = true;
        var type = response.Content.Headers.ContentType?.MediaType;
        var isStream = type == "text/event-stream";
        operation.Check(status, type, isStream ? null : await response.Content.ReadAsByteArrayAsync(cancellationToken), request.RequestUri.AbsolutePath);
        return response;
    }
}
