using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;
using Miyabi.Web.Answers;

namespace Miyabi.Web;

/// <summary>Reads the body of a request: JSON, and no more of it than is taken.</summary>
internal static class RequestBody
{
    private const int BufferBytes = 81_920;

    /// <summary>Reads it.</summary>
    /// <param name="request">The request.</param>
    /// <param name="most">The most bytes. Told by its headers or not, no more than one above them is read.</param>
    /// <param name="isOptional">Whether there may be none.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>The bytes, or what is wrong.</returns>
    internal static async Task<(ReadOnlyMemory<byte> Bytes, Answer? Problem)> ReadAsync(
        HttpRequest request, int most, bool isOptional, CancellationToken cancellationToken)
    {
        if (request.ContentLength > most)
            return (default, Problem.TooLarge(most));
        var isEmpty = request.ContentLength == 0 || request.HttpContext.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody == false;
        if (!(isOptional && isEmpty) && !IsJson(request))
            return (default, Problem.WrongMediaType());
        var buffer = new byte[BufferBytes];
        using var content = new MemoryStream(); // not of the told length at once: telling costs nothing
        int read;
        while ((read = await request.Body.ReadAsync(buffer, cancellationToken)) > 0)
        {
            if (content.Length + read > most)
                return (default, Problem.TooLarge(most));
            content.Write(buffer, 0, read);
        }

        return (content.GetBuffer().AsMemory(0, (int)content.Length), null);
    }

    private static bool IsJson(HttpRequest request) =>
        MediaTypeHeaderValue.TryParse(request.ContentType, out var type)
        && (type.MediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase) || type.Suffix.Equals("json", StringComparison.OrdinalIgnoreCase))
        && (type.Charset.Length == 0 || HeaderUtilities.RemoveQuotes(type.Charset).Equals("utf-8", StringComparison.OrdinalIgnoreCase))
        && request.Headers.ContentEncoding.Count == 0;
}
