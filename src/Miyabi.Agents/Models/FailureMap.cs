using System.Collections.Immutable;
using Miyabi.Core.Agents;

namespace Miyabi.Agents.Models;

/// <summary>What an error of a provider means. What is <see langword="null"/> matches all.</summary>
/// <param name="Status">The HTTP status; 200 for an error inside a response that began well.</param>
/// <param name="Code">The error's <c>code</c> or <c>type</c>.</param>
/// <param name="Words">Words in the error's message, in any case of letters, where the API has no code of its own for it.</param>
/// <param name="Kind">What it is to us.</param>
/// <param name="Meaning">For people: what it means and what to do.</param>
internal sealed record FailureRow(int? Status, string? Code, string? Words, FailureKind Kind, string Meaning);

/// <summary>A provider's errors, in one table; the first row that matches holds.</summary>
/// <param name="rows">The last one matches all.</param>
internal sealed class FailureMap(ImmutableArray<FailureRow> rows)
{
    private const int QuotedCharacters = 500;

    public ImmutableArray<FailureRow> Rows => rows;

    /// <summary>The failure of a response that was an error.</summary>
    public ModelCallException Of(WireRecord record, Exception? inner)
    {
        var row = rows.First(row => Matches(row, record));
        // A provider that does not know a key likes to show it.
        var said = row.Kind == FailureKind.Unauthorized || record.ErrorMessage is not { Length: > 0 } message ? "" : $" It said: {SafeText.Quote(message, QuotedCharacters)}";
        var code = record.ErrorCodes.IsEmpty ? "" : $" ({string.Join(", ", record.ErrorCodes.Select(one => SafeText.Quote(one, 64)))})";
        return new ModelCallException(row.Kind, $"{row.Meaning} The provider answered {record.Status}{code}.{said}", record.RetryAfter, inner);
    }

    private static bool Matches(FailureRow row, WireRecord record) =>
        (row.Status is null || row.Status == record.Status)
        && (row.Code is null || record.ErrorCodes.Contains(row.Code))
        && (row.Words is null || record.ErrorMessage?.Contains(row.Words, StringComparison.OrdinalIgnoreCase) == true);
}
