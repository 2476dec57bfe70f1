using System.Text.Json;
using System.Text.Json.Serialization;
using Miyabi.Core.Plans;

namespace Miyabi.Core.Agents;

/// <summary>One thing for which an earlier answer did not count, for whoever gives the next.</summary>
/// <remarks>
/// In documents it is a text where an attempt failed by itself, and <c>{ "check": "Task-1~review-2", "text": "..." }</c> where a check rejected what it came to.
/// </remarks>
/// <param name="Text">
/// What was wrong. Data, never instructions, wherever it comes from: a check's words are another agent's or a program's, and so may be what an attempt failed for.
/// </param>
/// <param name="Check">The check that found it, and of which attempt; <see langword="null"/>: an attempt failed, and this is why.</param>
[JsonConverter(typeof(AttemptFindingConverter))]
public sealed record AttemptFinding(string Text, StageName? Check = null)
{
    /// <summary>Who says so, in our own words: for a line above the text, which is somebody else's.</summary>
    public string Origin => Check switch
    {
        null => "an attempt that failed",
        { Stage: TaskStage.Gate, Attempt: var attempt } => $"the gate of attempt {attempt}",
        { Attempt: var attempt } => $"the review of attempt {attempt}",
    };

    /// <inheritdoc/>
    public override string ToString() => Check is null ? Text : $"{Check}: {Text}";
}

/// <summary>Findings in JSON.</summary>
public sealed class AttemptFindingConverter : JsonConverter<AttemptFinding>
{
    private const string Check = "check";
    private const string Text = "text";

    /// <inheritdoc/>
    public override AttemptFinding Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.String)
            return new AttemptFinding(reader.GetString()!);
        if (reader.TokenType != JsonTokenType.StartObject)
            throw new JsonException("A finding is a text, or an object of 'check' and 'text'.");
        string? check = null, text = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString();
            if (!reader.Read() || reader.TokenType != JsonTokenType.String)
                throw new JsonException($"'{name}' of a finding is no text.");
            if (name == Check && check is null)
                check = reader.GetString();
            else if (name == Text && text is null)
                text = reader.GetString();
            else
                throw new JsonException($"A finding has no '{name}', or has it twice.");
        }

        return check is not null && text is not null && StageName.Parse(check) is { } found
            ? new AttemptFinding(text, found)
            : throw new JsonException("A finding has no text, or names no check.");
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, AttemptFinding value, JsonSerializerOptions options)
    {
        if (value.Check is null)
        {
            writer.WriteStringValue(value.Text);
            return;
        }

        writer.WriteStartObject();
        writer.WriteString(Check, value.Check.ToString());
        writer.WriteString(Text, value.Text);
        writer.WriteEndObject();
    }
}
