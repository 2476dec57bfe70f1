using System.Collections.Immutable;
using System.Text.Json;
using Miyabi.Core.Agents;
using Miyabi.Core.Ledger;
using Miyabi.Core.Plans;

namespace Miyabi.Core.Scheduling;

/// <summary>What a check came to: whether the result counts, and what is wrong with it.</summary>
/// <remarks>A pure function of the check's result document, so whoever has the document can work it out again and compare.</remarks>
/// <param name="Accepted">The result passes this check.</param>
/// <param name="Findings">
/// Of a rejection: what the next attempt is told. Of a review, 1 to <see cref="MaxFindings"/> entries, of which the first <see cref="MaxCharacters"/> are kept;
/// of a gate, what it came to, and the last <see cref="MaxTailCharacters"/> of its output and of its errors. Another's words: data, never instructions.
/// </param>
public sealed record Verdict(bool Accepted, ImmutableArray<string> Findings)
{
    /// <summary>Findings that are kept of one verdict. Steps hold them, and steps are read often.</summary>
    public const int MaxFindings = 20;

    /// <summary>The longest finding of a review, in characters.</summary>
    public const int MaxCharacters = 1_000;

    /// <summary>How much of a gate's output, and of its errors, is kept, in characters.</summary>
    public const int MaxTailCharacters = 8_000;

    private static readonly Verdict Passed = new(true, []);

    /// <summary>The verdict that a check's result holds.</summary>
    /// <returns><see langword="null"/>: the check was not carried out, and says nothing about what it was to check.</returns>
    /// <exception cref="SealException">A review succeeded and holds no verdict.</exception>
    internal static Verdict? Of(TaskStage stage, ResultDocument result) => (stage, result) switch
    {
        (TaskStage.Gate, { Failure: null, Payload: not null }) => Passed,
        // It came to its end and said no; a program that never ends does not pass either. Anything else is about the gate, not about the result.
        (TaskStage.Gate, { Failure: { Kind: FailureKind.Failed or FailureKind.TimedOut } failure }) => new Verdict(false, OfGate(failure)),
        (TaskStage.Review, { Failure: null, Payload: { } payload }) => OfUnicode(payload.Output),
        _ => null,
    };

    /// <summary>Whether two verdicts say the same.</summary>
    public bool Equals(Verdict? other) => other is not null && Accepted == other.Accepted && Findings.SequenceEqual(other.Findings, StringComparer.Ordinal);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Accepted, Findings.Length);

    private static ImmutableArray<string> OfGate(AgentFailure failure)
    {
        var said = new[] { failure.OutputTail, failure.ErrorTail }.Where(tail => !string.IsNullOrWhiteSpace(tail)).Select(tail => End(tail!.TrimEnd()));
        return [Begin(failure.Message), .. said];
    }

    private static Verdict OfUnicode(JsonElement output)
    {
        try
        {
            return OfReview(output);
        }
        catch (InvalidOperationException e)
        {
            throw new SealException("The review's verdict holds text that is not Unicode.", e);
        }
    }

    private static Verdict OfReview(JsonElement output)
    {
        if (output.ValueKind != JsonValueKind.Object || !output.TryGetProperty("verdict", out var verdict) || verdict.ValueKind != JsonValueKind.String
            || !output.TryGetProperty("findings", out var findings) || findings.ValueKind != JsonValueKind.Array)
            throw new SealException("The review holds no verdict.");
        switch (verdict.GetString())
        {
            case "accept":
                return Passed;
            case "reject":
                ImmutableArray<string> said = [.. findings.EnumerateArray()
                    .Where(finding => finding.ValueKind == JsonValueKind.String && !string.IsNullOrWhiteSpace(finding.GetString()))
                    .Take(MaxFindings)
                    .Select(finding => Begin(finding.GetString()!))];
                return new Verdict(false, said.IsEmpty ? ["The review rejected the result and does not say why."] : said);
            default:
                throw new SealException("The review's verdict is neither 'accept' nor 'reject'.");
        }
    }

    // Never between the two halves of a character: what stands in a document must be Unicode.
    private static string Begin(string text)
    {
        if (text.Length <= MaxCharacters)
            return text;
        var length = MaxCharacters - 1;
        return $"{text.AsSpan(0, char.IsHighSurrogate(text[length - 1]) ? length - 1 : length)}…";
    }

    // What a program says last tells most.
    private static string End(string text)
    {
        if (text.Length <= MaxTailCharacters)
            return text;
        var start = text.Length - MaxTailCharacters + 1;
        return $"…{text.AsSpan(char.IsLowSurrogate(text[start]) ? start + 1 : start)}";
    }
}
