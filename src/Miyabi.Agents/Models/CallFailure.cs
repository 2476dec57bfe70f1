using System.Text.Json;
using Miyabi.Core.Agents;

namespace Miyabi.Agents.Models;

/// <summary>What a call that brought no answer comes to, for every client.</summary>
internal static class CallFailure
{
    /// <summary>The failure; the call is told whether it is known to have used nothing up.</summary>
    /// <param name="call">The call; <see langword="null"/>: one that nothing is paid for.</param>
    /// <param name="record">What came back of it on the wire.</param>
    /// <param name="map">The provider's errors.</param>
    /// <param name="api">What the API is called, and where it is.</param>
    /// <param name="maxBytes">Bytes that the response was allowed.</param>
    /// <param name="error">What the client said.</param>
    public static ModelCallException Of(ModelCall? call, WireRecord record, FailureMap map, (string Name, string Address) api, int maxBytes, Exception error)
    {
        if (record.IsTooLarge)
            return new ModelCallException(FailureKind.InvalidOutput, $"The answer has more than {maxBytes} bytes on the wire, which is all that it may have.", inner: error);
        if (record.IsError)
        {
            // What a provider turns away, it does not bill.
            if (call is not null)
                call.IsTold |= record.Status is not (>= 200 and < 300) || call.Usage.Total == 0;
            return map.Of(record, error);
        }

        if (record.Status is null)
        {
            if (call is not null)
                call.IsTold |= WasNeverSent(error);
            return new ModelCallException(FailureKind.Unavailable, $"The API at {api.Address} cannot be reached: {SafeText.Quote(record.Without((error.InnerException ?? error).Message), 300)}", inner: error);
        }

        var broke = error is not (JsonException or FormatException or InvalidOperationException or ArgumentException or KeyNotFoundException or NullReferenceException);
        return new ModelCallException(
            FailureKind.Unavailable,
            broke ? "The connection broke in the middle of the answer." : $"What came back is no answer of the {api.Name}: something else may stand at this address.",
            inner: error);
    }

    private static bool WasNeverSent(Exception? error)
    {
        for (; error is not null; error = error.InnerException)
        {
            if (error is HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError or HttpRequestError.ConnectionError or HttpRequestError.SecureConnectionError or HttpRequestError.ProxyTunnelError })
                return true;
        }

        return false;
    }
}
