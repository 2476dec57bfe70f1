using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using System.Text.Unicode;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using Miyabi.Web.Contracts;

namespace Miyabi.Web.Answers;

/// <summary>An answer whose body is at hand.</summary>
/// <param name="status">The status.</param>
/// <param name="contentType">What the body is.</param>
/// <param name="body">The body.</param>
internal sealed class Answer(int status, string contentType, ReadOnlyMemory<byte> body) : IResult, IStatusCodeHttpResult
{
    private const string JsonType = "application/json; charset=utf-8";

    // Letters of any script as they are; what could mean something in HTML, and what cannot be seen, is escaped.
    private static readonly JsonSerializerOptions Options = new(AnswerJson.Default.Options) { Encoder = JavaScriptEncoder.Create(UnicodeRanges.All) };

    private static readonly AnswerJson Form = new(Options);

    /// <summary>How answers are written.</summary>
    internal static AnswerJson Json => Form;

    /// <summary>Further headers.</summary>
    internal Dictionary<string, string> Headers { get; } = [];

    public int? StatusCode => status;

    /// <summary>A JSON answer.</summary>
    internal static Answer Of<T>(int status, T value, JsonTypeInfo<T> type) => new(status, JsonType, JsonSerializer.SerializeToUtf8Bytes(value, type));

    /// <summary>A JSON answer of a tree.</summary>
    internal static Answer Of(int status, JsonNode value) => new(status, JsonType, JsonSerializer.SerializeToUtf8Bytes(value, Form.JsonNode));

    /// <summary>A file as it stands in the store.</summary>
    internal static Answer Stored(ReadOnlyMemory<byte> file, string contentType) => new(StatusCodes.Status200OK, contentType, file);

    /// <summary>The same answer with one more header.</summary>
    internal Answer With(string name, string value)
    {
        Headers[name] = value;
        return this;
    }

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.StatusCode = status;
        response.ContentType = contentType;
        response.ContentLength = body.Length;
        response.Headers[HeaderNames.XContentTypeOptions] = "nosniff";
        response.Headers[HeaderNames.CacheControl] = "no-store";
        foreach (var (name, value) in Headers)
            response.Headers[name] = value;
        if (!HttpMethods.IsHead(httpContext.Request.Method))
            await response.Body.WriteAsync(body, httpContext.RequestAborted);
    }
}
