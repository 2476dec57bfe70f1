using System.Collections.Immutable;
using System.Text.Json;
using System.Text.RegularExpressions;
using Miyabi.Core.Json;

namespace Miyabi.Core.Plans;

/// <summary>Reads the <c>notify</c> of a plan.</summary>
/// <remarks>No message shows a URL's path or what stands in place of a secret's name: either may be a secret by mistake.</remarks>
internal static partial class NotifyReader
{
    // A part of a name in which letters and digits are mixed is not as long as this unless it was drawn at random.
    private const int LongestPart = 20;

    private static readonly Subscriber Nobody = new() { Url = "https://example.invalid", Secret = "none" };

    public static ImmutableArray<Subscriber> Read(PlanFields root, PlanErrorLog log) =>
        [.. root.Items("notify", 0, PlanLimits.MaxSubscribers).Select(node => Read(node, log))];

    private static Subscriber Read(JsonTree node, PlanErrorLog log)
    {
        if (PlanFields.Of(node, log, "url", "events", "secret") is not { } fields)
            return Nobody;
        fields.Required("url", "\"https://example.com/hook\"");
        fields.Required("secret", "\"NAME\", the name of a secret that the configuration has");
        var events = fields.Items("events", 1, PlanLimits.MaxSubscribers)
            .Select(item => PlanFields.Choice(item, log, PlanWords.Notices)).OfType<NoticeKind>().Distinct().ToImmutableArray();
        return new Subscriber
        {
            Url = Url(fields, log) ?? Nobody.Url,
            Secret = Secret(fields, log) ?? Nobody.Secret,
            Events = events.IsEmpty ? Subscriber.Usual : events,
        };
    }

    private static string? Url(PlanFields fields, PlanErrorLog log)
    {
        if (fields.Text("url", 1, PlanLimits.MaxUrlCharacters) is not { } text)
            return null;
        var (what, cure) = text switch
        {
            _ when text.Contains('#') => ("The URL has a fragment ('#'), which no server ever sees.", "Leave it out."),
            _ when UserInfo().IsMatch(text) => ("The URL has a user's name or password in it.", "Leave it out: deliveries are signed, and a plan can be read by many."),
            _ when HttpElsewhere().IsMatch(text) => (
                "The URL begins with http, which anybody on the way can read and change.", "Write https. (http goes to localhost, 127.0.0.1 and [::1] alone, for trying out.)"),
            _ when !UrlForm().IsMatch(text) || !Uri.TryCreate(text, UriKind.Absolute, out var uri) || uri.Host.Length == 0 || uri.Port < 1 => (
                "This is no URL that can be told anything.", "Write https://HOST/PATH in ASCII: what is beyond it percent-encoded, a host's name in its xn-- form."),
            _ => (null, ""),
        };
        if (what is null)
            return text;
        log.Add("invalidUrl", fields.Find("url")!, what, cure);
        return null;
    }

    private static string? Secret(PlanFields fields, PlanErrorLog log)
    {
        if (fields.Find("secret") is not { } place || !PlanFields.Is(place, JsonValueKind.String, log))
            return null;
        if (LooksLikeASecret(place.Text))
        {
            log.Add(
                "secretInPlan", place, "This looks like a secret itself; a plan has the secret's name only.",
                "Write a name, e.g. \"CHAT_HOOK\", put the secret into the configuration under it, and make a new one: this one has been in a file.");
        }
        else if (place.Text.Length > PlanLimits.MaxSecretNameCharacters || !SecretName().IsMatch(place.Text))
        {
            log.Add(
                "invalidSecretName", place, "This is no name of a secret: it becomes part of the name of a setting.",
                "Use up to 64 letters and digits, with single '_' between them, e.g. \"CHAT_HOOK\".");
        }
        else
        {
            return place.Text;
        }

        return null;
    }

    private static bool LooksLikeASecret(string text) =>
        text.StartsWith("whsec_", StringComparison.OrdinalIgnoreCase) || text.StartsWith("whsk_", StringComparison.OrdinalIgnoreCase)
        || text.Split('_').Any(part => part.Length >= LongestPart && part.Any(char.IsAsciiDigit) && part.Any(char.IsAsciiLetter));

    // The published schema has the same.
    [GeneratedRegex(
        """\A(?:https://[A-Za-z0-9._:\[\]-]+|http://(?:localhost|127\.0\.0\.1|\[::1\])(?::[0-9]{1,5})?)(?:[/?][!"$-~]*)?\z""",
        RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex UrlForm();

    [GeneratedRegex(@"\A[A-Za-z]+://[^/?]*@", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex UserInfo();

    [GeneratedRegex(@"\Ahttp://(?!(?:localhost|127\.0\.0\.1|\[::1\])(?:[:/?]|\z))", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex HttpElsewhere();

    [GeneratedRegex(@"\A[A-Za-z0-9]+(?:_[A-Za-z0-9]+)*\z", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex SecretName();
}
