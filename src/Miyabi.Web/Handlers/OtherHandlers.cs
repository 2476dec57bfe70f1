using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Template;
using Microsoft.Net.Http.Headers;
using Miyabi.Web.Answers;

namespace Miyabi.Web.Handlers;

/// <summary>Answers what no other handler does: the description of the API, and that something is not there or cannot be done so.</summary>
/// <param name="services">What it works with.</param>
public sealed class OtherHandlers(ApiServices services)
{
    private static readonly ReadOnlyMemory<byte> Description = ReadDescription();

    // The order of routing: what is said letter by letter goes before what stands for anything.
    private static readonly (TemplateMatcher Matcher, string Method)[] Operations =
        [.. ApiRoutes.Operations.Select(operation => (new TemplateMatcher(TemplateParser.Parse(operation.Route), []), operation.Method))];

    /// <summary><c>GET openapi.json</c>: the description, OpenAPI 3.1. Anybody may read it.</summary>
    public static Task<IResult> OpenApiAsync() => Task.FromResult<IResult>(new Answer(200, "application/json", Description));

    /// <summary>Anything else: 405 where there is something that another method is for, else 404.</summary>
    public Task<IResult> AnswerAsync(HttpRequest request, string path, CancellationToken cancellationToken) => ApiCall.AnswerAsync(
        request.HttpContext,
        services,
        _ =>
        {
            var methods = Operations.Where(operation => operation.Matcher.TryMatch($"/{path}", [])).Select(operation => operation.Method).Distinct().ToList();
            var allowed = string.Join(", ", methods);
            return Task.FromResult<IResult>(methods.Count == 0
                ? Problem.NotFound("no-such-path", $"There is nothing here. What there is: /{ApiRoutes.Prefix}/{ApiRoutes.OpenApi}")
                : Problem.Of(405, "method-not-allowed", "This cannot be done here.", $"What can be: {allowed}.").With(HeaderNames.Allow, allowed));
        },
        cancellationToken);

    private static byte[] ReadDescription()
    {
        using var resource = typeof(OtherHandlers).Assembly.GetManifestResourceStream("Miyabi.Web.openapi.json")!;
        using var content = new MemoryStream();
        resource.CopyTo(content);
        return content.ToArray();
    }
}
