using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using Miyabi.Core.Plans;
using static System.FormattableString;

namespace Miyabi.Web.Answers;

/// <summary>Problem details (RFC 9457). Types are stable; texts are for people.</summary>
internal sealed record ProblemJson
{
    public required string Type { get; init; }

    public required string Title { get; init; }

    public required int Status { get; init; }

    public required string Detail { get; init; }

    /// <summary>The run that it is about.</summary>
    public string? Run { get; init; }

    /// <summary>The document that is wrong, below the run's folder; or the control that was written all the same.</summary>
    public string? Document { get; init; }

    /// <summary>Everything that is wrong with what was sent.</summary>
    public ImmutableArray<ErrorJson>? Errors { get; init; }
}

/// <summary>One thing that is wrong with what was sent.</summary>
internal sealed record ErrorJson(string Code, string Path, int? Line, int? Column, string Message, string? Cure);

/// <summary>Makes problems.</summary>
internal static class Problem
{
    internal const string ContentType = "application/problem+json";
    private const string TypePrefix = "urn:miyabi:problem:";
    private const int MaxText = 2_000;
    private const int RetryAfterSeconds = 5;

    internal static Answer Of(int status, string type, string title, string detail, Func<ProblemJson, ProblemJson>? more = null)
    {
        var problem = new ProblemJson { Type = TypePrefix + type, Title = title, Status = status, Detail = Clean(detail) };
        var body = System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(more is null ? problem : more(problem), Answer.Json.ProblemJson);
        return new Answer(status, ContentType, body);
    }

    /// <summary>What was sent is wrong.</summary>
    internal static Answer Invalid(string type, string title, IEnumerable<PlanError> errors)
    {
        ImmutableArray<ErrorJson> list =
            [.. errors.Select(error => new ErrorJson(error.Code, Clean(error.Path), Place(error.Line), Place(error.Column), Clean(error.Message), error.Cure.Length == 0 ? null : Clean(error.Cure)))];
        var first = list.IsEmpty ? "" : $" The first: {list[0].Message} {list[0].Cure}".TrimEnd();
        return Of(400, type, title, $"{(list.Length == 1 ? "One thing is" : Invariant($"{list.Length} things are"))} wrong.{first}", problem => problem with { Errors = list });
    }

    internal static Answer InvalidId(string what) => Of(
        400, "invalid-id", "This is no id.", $"{what} is 1 to 64 letters, digits, '.', '_' or '-', a letter or digit first.");

    internal static Answer InvalidParameter(string name, string rule) => Of(400, "invalid-parameter", "A parameter is wrong.", $"'{name}': {rule}");

    internal static Answer NotFound(string type, string detail) => Of(404, type, "It is not there.", detail);

    internal static Answer TooLarge(long most) => Of(
        413, "too-large", "The body is too large.", Invariant($"At most {most:N0} bytes are taken. Split the plan into several, or shorten its prompts."));

    internal static Answer WrongMediaType() => Of(
        415, "wrong-media-type", "The body is no JSON.", "Send it as UTF-8 with 'Content-Type: application/json', without a content encoding (curl: -H 'Content-Type: application/json' --data-binary @plan.json).");

    internal static Answer Unavailable(string type, string detail, string? document = null) => Of(
        503, type, "Something that is needed cannot be reached right now.", detail, problem => problem with { Document = document })
        .With(HeaderNames.RetryAfter, RetryAfterSeconds.ToString(CultureInfo.InvariantCulture));

    /// <summary>A text of unknown origin, fit to be shown: bounded, without control characters and marks of direction.</summary>
    internal static string Clean(string text)
    {
        var clean = new StringBuilder(Math.Min(text.Length, MaxText));
        foreach (var rune in text.EnumerateRunes())
        {
            if (clean.Length >= MaxText)
                return clean.Append('…').ToString();
            clean.Append(Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator
                or UnicodeCategory.ParagraphSeparator && rune.Value != '\n' ? "\ufffd" : rune.ToString());
        }

        return clean.ToString();
    }

    private static int? Place(int number) => number == 0 ? null : number;
}
