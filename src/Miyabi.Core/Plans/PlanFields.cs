using System.Globalization;
using System.Text.Json;
using Miyabi.Core.Json;

namespace Miyabi.Core.Plans;

/// <summary>The fields of an object of a plan. A field that is missing or wrong reads as <see langword="null"/>; what is wrong goes to
/// the log.</summary>
internal sealed class PlanFields
{
    private readonly PlanErrorLog _log;

    private PlanFields(JsonTree node, PlanErrorLog log) => (Node, _log) = (node, log);

    public JsonTree Node { get; }

    /// <summary>The fields of an object; a field that is not known is an error. <see langword="null"/> if there is no object.</summary>
    public static PlanFields? Of(JsonTree? node, PlanErrorLog log, params string[] known)
    {
        if (node is null || !Is(node, JsonValueKind.Object, log))
            return null;
        foreach (var child in node.Children)
        {
            if (!known.Contains(child.Name!))
                log.Add(
                    "unknownField", child, $"'{JsonTree.Shown(child.Name!)}' is not known here.",
                    Cure(child.Name!, known), atName: true);
        }

        return new(node, log);
    }

    public JsonTree? Find(string name) => Node.Find(name);

    public JsonTree? Required(string name, string example)
    {
        if (Node.Find(name) is { } found)
            return found;
        _log.Add("missingField", Node, $"'{name}' is missing.", $"Add \"{name}\": {example}.");
        return null;
    }

    /// <summary>The items of an array.</summary>
    public IReadOnlyList<JsonTree> Items(string name, int least, int most)
    {
        if (Node.Find(name) is not { } array || !Is(array, JsonValueKind.Array, _log))
            return [];
        var count = array.Children.Count;
        if (count < least)
            _log.Add("tooFew", array, $"'{name}' is empty.", $"Put at least {least} in.");
        if (count <= most)
            return array.Children;
        _log.Add("tooMany", array, $"'{name}' has {count:N0} entries; {most:N0} is the most.", "Leave some out, or split the plan.");
        return [];
    }

    /// <summary>The members of an object whose names are the writer's own.</summary>
    public IReadOnlyList<JsonTree> Members(string name, int most)
    {
        if (Node.Find(name) is not { } map || !Is(map, JsonValueKind.Object, _log))
            return [];
        if (map.Children.Count <= most)
            return map.Children;
        _log.Add("tooMany", map, $"'{name}' has {map.Children.Count:N0} entries; {most:N0} is the most.", "Leave some out.");
        return [];
    }

    public string? Text(string name, int least, int most, bool oneLine = false) =>
        Node.Find(name) is { } value ? Text(value, _log, least, most, oneLine) : null;

    public static string? Text(JsonTree value, PlanErrorLog log, int least, int most, bool oneLine = false)
    {
        if (!Is(value, JsonValueKind.String, log))
            return null;
        if (value.Text.Length < least)
            log.Add("tooShort", value, "This text is empty.", "Write something.");
        else if (value.Text.Length > most)
            log.Add("tooLong", value, $"This text has {value.Text.Length:N0} characters; {most:N0} is the most.", "Shorten it.");
        else if (oneLine && value.Text.Any(char.IsControl))
            log.Add("controlCharacter", value, "This text has a control character.", "Write it on one line, without tabs or escapes.");
        else
            return value.Text;
        return null;
    }

    public long? Integer(string name, long least, long most) =>
        Node.Find(name) is { } value ? Integer(value, _log, least, most) : null;

    public static long? Integer(JsonTree value, PlanErrorLog log, long least, long most)
    {
        if (!Is(value, JsonValueKind.Number, log))
            return null;
        if (JsonNumber.Parse(value.Text).TryToInt64(out var number) && number >= least && number <= most)
            return number;
        log.Add(
            "outOfRange", value, $"'{JsonTree.Shown(value.Name ?? "")}' is {JsonTree.Shown(value.Text)}.",
            $"Write a whole number from {least:N0} to {most:N0}.");
        return null;
    }

    /// <summary>A number that may have a fraction.</summary>
    public decimal? Amount(string name, decimal least, decimal most, bool leastIncluded = true)
    {
        if (Node.Find(name) is not { } value || !Is(value, JsonValueKind.Number, _log))
            return null;

        // A number too small for decimal to tell from 0 reads as 0, and is refused where 0 is.
        var fits = decimal.TryParse(value.Text, NumberStyles.Float, CultureInfo.InvariantCulture, out var amount);
        if (fits && amount <= most && (leastIncluded ? amount >= least : amount > least))
            return amount;
        var range = leastIncluded ? $"from {least:N0} to {most:N0}" : $"more than {least:N0}, at most {most:N0}";
        _log.Add("outOfRange", value, $"'{name}' is {JsonTree.Shown(value.Text)}.", $"Write a number: {range}.");
        return null;
    }

    public TimeSpan? Duration(string name, TimeSpan least, TimeSpan most)
    {
        if (Node.Find(name) is not { } value)
            return null;
        var range = $"from {Iso8601Duration.ToText(least)} to {Iso8601Duration.ToText(most)}";
        const string example = "e.g. \"PT10M\" for 10 minutes, \"PT0.5S\" for half a second";
        if (value.Kind != JsonValueKind.String)
            _log.Add(
                "wrongType", value, $"'{name}' must be a duration in a string, not {value.KindName}.",
                $"Write an ISO 8601 duration {range}, {example}.");
        else if (!Iso8601Duration.TryParse(value.Text, out var duration))
            _log.Add(
                "invalidDuration", value, $"'{JsonTree.Shown(value.Text)}' is no duration.",
                $"Write days and smaller in ISO 8601, {example}.");
        else if (duration < least || duration > most)
            _log.Add("outOfRange", value, $"'{name}' is {JsonTree.Shown(value.Text)}.", $"Write a duration {range}, {example}.");
        else
            return duration;
        return null;
    }

    /// <summary>True or false.</summary>
    public bool? Flag(string name)
    {
        var value = Node.Find(name);
        if (value?.Kind == JsonValueKind.False)
            return false;
        return value is not null && Is(value, JsonValueKind.True, _log) ? true : null;
    }

    /// <summary>One of a few words.</summary>
    public T? Choice<T>(string name, IReadOnlyDictionary<string, T> words)
        where T : struct =>
        Node.Find(name) is { } value ? Choice(value, _log, words) : null;

    public static T? Choice<T>(JsonTree value, PlanErrorLog log, IReadOnlyDictionary<string, T> words)
        where T : struct
    {
        if (!Is(value, JsonValueKind.String, log))
            return null;
        if (words.TryGetValue(value.Text, out var choice))
            return choice;
        log.Add("unknownValue", value, $"'{JsonTree.Shown(value.Text)}' is not known here.", Cure(value.Text, words.Keys));
        return null;
    }

    public static bool Is(JsonTree value, JsonValueKind kind, PlanErrorLog log)
    {
        if (value.Kind == kind)
            return true;
        var wanted = kind switch
        {
            JsonValueKind.Object => "an object",
            JsonValueKind.Array => "an array",
            JsonValueKind.String => "a string",
            JsonValueKind.True => "true or false",
            _ => "a number",
        };
        var what = value.Name is null ? "This" : $"'{JsonTree.Shown(value.Name)}'";
        log.Add(
            "wrongType", value, $"{what} must be {wanted}, not {value.KindName}.",
            $"Write {wanted} here, or leave it out if it is optional.");
        return false;
    }

    private static string Cure(string wrong, IEnumerable<string> known) =>
        NearestName.Of(wrong, known) is { } near ? $"Did you mean '{near}'?" : $"Known are {string.Join(", ", known)}.";
}
