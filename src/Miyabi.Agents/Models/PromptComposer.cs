using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Miyabi.Core.Agents;
using Miyabi.Core.Plans;

namespace Miyabi.Agents.Models;

/// <summary>Makes the prompt of an attempt, for every provider: the same request, the same prompt.</summary>
/// <remarks>
/// Instructions hold our own words only, and the message's head the plan's; whatever agents said is data, between lines with a mark that the data cannot have: the mark is a
/// digest of all data, and is made again if they hold it.
/// The rule of cutting: what instructions, task and schema leave of <see cref="ModelTerms.MaxPromptBytes"/> is shared by the data. A piece that needs no
/// more than an equal share is shown whole, the others get equal shares of what is left, and are cut at their ends. If there are so many that their names alone take
/// more than half of the room, the last ones are left out; findings come first, then results, then files.
/// </remarks>
internal static class PromptComposer
{
    /// <summary>The name of the rule. Whatever changes a prompt (words, order, cuts) changes it: instructions that are written down name it.</summary>
    public const string Rule = "equal-shares-1";

    // The lines around a piece and the line about its cut, with the longest names that there are.
    private const int BytesAround = 1_200;

    // The schema goes with the call too, and providers add words of their own.
    private const int ReservedBytes = 3_000;

    private const int NamedCuts = 50;

    /// <summary>Composes it; reads the files that are shown.</summary>
    /// <exception cref="ModelCallException">The task itself does not fit.</exception>
    public static async Task<ModelPrompt> ComposeAsync(AgentRequest request, AnswerSchema schema, ModelTerms terms, CancellationToken cancellationToken)
    {
        var instructions = PromptWords.Instructions(request.Agent.Kind, schema);
        var task = TaskOf(request.Task);
        var room = terms.MaxPromptBytes - BytesWithoutData(instructions, task, schema);
        if (room < 0)
        {
            throw new ModelCallException(
                FailureKind.ContextTooLong,
                $"The task's prompt and schema alone do not fit {terms.Name}, by about {-room / ModelPrompt.BytesPerToken} tokens. Make them shorter, or use a model with more context.");
        }

        var pieces = PromptData.Of(request).ToList();
        var shown = pieces.Take((int)Math.Min(pieces.Count, room / 2 / BytesAround)).ToList();
        var shares = Shares([.. shown.Select(piece => piece.Bytes)], room - ((long)shown.Count * BytesAround));
        var cuts = ImmutableArray.CreateBuilder<string>();
        List<(string Name, string Text)> data = [];
        for (var i = 0; i < shown.Count; i++)
            data.Add(await ShowAsync(shown[i], shares[i], cuts, cancellationToken));
        if (shown.Count < pieces.Count)
            cuts.Add($"{pieces.Count - shown.Count} more pieces of data are left out, the first of them: {pieces[shown.Count].Name}.");
        return new ModelPrompt(instructions, Message(task, data, cuts), cuts.ToImmutable());
    }

    /// <summary>Bytes that a prompt has at most, before it is composed.</summary>
    /// <param name="kind">Whose task.</param>
    /// <param name="task">The task.</param>
    /// <param name="pieces">Pieces of data.</param>
    /// <param name="bytes">Bytes of them all.</param>
    public static long BytesAtMost(AgentKind kind, PlanTask task, int pieces, long bytes)
    {
        var schema = AnswerSchema.Of(task);
        return BytesWithoutData(PromptWords.Instructions(kind, schema), TaskOf(task), schema) + ((long)pieces * BytesAround) + bytes;
    }

    private static long BytesWithoutData(string instructions, string task, AnswerSchema schema) =>
        Bytes(instructions) + Bytes(task) + Bytes(schema.Json.GetRawText()) + BytesAround + ReservedBytes;

    private static async Task<(string Name, string Text)> ShowAsync(PromptData piece, long share, ImmutableArray<string>.Builder cuts, CancellationToken cancellationToken)
    {
        // With nothing to show of it, it need not be read.
        var text = share == 0 && piece.Bytes > 0 ? "" : await piece.ReadTextAsync(share, cancellationToken);
        if (text is null)
            return ($"{piece.Name}, which is no text, {piece.Bytes} bytes that are not shown", "");
        var bytes = Bytes(text);
        if (bytes == piece.Bytes)
            return (piece.Name, text);
        cuts.Add($"{piece.Name}: the first {bytes} of {piece.Bytes} bytes are shown.");
        return ($"{piece.Name}, cut: the first {bytes} of {piece.Bytes} bytes", text);
    }

    private static string TaskOf(PlanTask task)
    {
        var text = new StringBuilder($"# Task\n{task.Id}: {task.Title}\n\n{task.Prompt}\n\n# Files that you may write\n");
        if (task.Writes.IsEmpty)
            text.Append("None: \"files\" is an empty list.\n");
        foreach (var glob in task.Writes)
            text.Append($"- {glob}\n");
        if (task.OutputSchema is { } schema)
            text.Append($"\n# Schema of \"data\"\n{schema}\n");
        return text.ToString();
    }

    private static string Message(string task, List<(string Name, string Text)> data, ImmutableArray<string>.Builder cuts)
    {
        if (data.Count == 0 && cuts.Count == 0)
            return $"There are no data.\n\n{task}";
        var mark = MarkOf(data);
        var message = new StringBuilder($"The mark of data is {mark}.\n\n{task}\n# Data\n");
        foreach (var (name, text) in data)
            message.Append($"BEGIN DATA {mark}: {name}\n{text}\nEND DATA {mark}\n\n");
        if (cuts.Count > 0)
            message.Append("# What did not fit\n");
        foreach (var cut in cuts.Take(NamedCuts))
            message.Append($"- {cut}\n");
        if (cuts.Count > NamedCuts)
            message.Append($"- and {cuts.Count - NamedCuts} more, each said where it stands.\n");
        return message.ToString();
    }

    private static string MarkOf(List<(string Name, string Text)> data)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (name, text) in data)
            hash.AppendData(Encoding.UTF8.GetBytes($"{name.Length} {text.Length} {name}{text}"));
        var digest = hash.GetHashAndReset();
        while (true)
        {
            var mark = Convert.ToHexStringLower(digest.AsSpan(0, 16));
            if (!data.Exists(piece => piece.Text.Contains(mark, StringComparison.OrdinalIgnoreCase)))
                return mark;
            digest = SHA256.HashData(digest);
        }
    }

    // What needs less than an equal share leaves the rest of it to the others.
    private static long[] Shares(long[] sizes, long room)
    {
        var shares = new long[sizes.Length];
        var left = sizes.Length;
        foreach (var at in Enumerable.Range(0, sizes.Length).OrderBy(at => sizes[at]).ThenBy(at => at))
        {
            shares[at] = Math.Min(sizes[at], room / left--);
            room -= shares[at];
        }

        return shares;
    }

    private static int Bytes(string text) => Encoding.UTF8.GetByteCount(text);
}
