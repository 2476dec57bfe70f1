using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Miyabi.Core.Plans;

namespace Miyabi.Agents.Models;

/// <summary>A dated table of prices: <c>{ "MODEL": { "asOf": "2026-05-13", "input": 3, "cachedInput": 0.3, "cacheWrite": 3.75, "output": 15 } }</c>, in US dollars a million tokens.</summary>
/// <remarks>Without <c>cachedInput</c> or <c>cacheWrite</c> these cost what <c>input</c> does.</remarks>
public static class ModelPrices
{
    private const int MaxBytes = 1024 * 1024;

    /// <summary>Reads a table.</summary>
    /// <param name="json">The text, at most 1 MiB.</param>
    /// <param name="problem">What is wrong with it, and where; <see langword="null"/>: nothing.</param>
    public static ImmutableSortedDictionary<string, ModelPrice> Read(string json, out string? problem)
    {
        var prices = ImmutableSortedDictionary.CreateBuilder<string, ModelPrice>(StringComparer.Ordinal);
        try
        {
            if (json.Length > MaxBytes)
                throw new FormatException($"it is longer than {MaxBytes} characters");
            using var table = JsonDocument.Parse(json, new JsonDocumentOptions { AllowDuplicateProperties = false, CommentHandling = JsonCommentHandling.Skip });
            if (table.RootElement.ValueKind != JsonValueKind.Object)
                throw new FormatException("it is no object of models");
            foreach (var row in table.RootElement.EnumerateObject())
                prices[row.Name] = Row(row);
            problem = null;
        }
        catch (Exception e) when (e is JsonException or FormatException)
        {
            problem = SafeText.Quote(e.Message, 500);
        }
        catch (InvalidOperationException)
        {
            problem = "it holds text that is not Unicode";
        }

        return prices.ToImmutable();
    }

    private static ModelPrice Row(JsonProperty row)
    {
        var name = SafeText.Quote(row.Name, 100);
        if (row.Value.ValueKind != JsonValueKind.Object)
            throw new FormatException($"'{name}' has no prices");
        foreach (var field in row.Value.EnumerateObject().Where(field => field.Name is not ("asOf" or "input" or "cachedInput" or "cacheWrite" or "output")))
            throw new FormatException($"'{name}' has the unknown field '{SafeText.Quote(field.Name, 100)}'");
        if (!row.Value.TryGetProperty("asOf", out var day) || day.ValueKind != JsonValueKind.String
            || !DateOnly.TryParseExact(day.GetString(), "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var asOf))
            throw new FormatException($"'{name}' needs \"asOf\", the day of its prices as yyyy-MM-dd");
        var input = Amount("input") ?? throw new FormatException($"'{name}' needs \"input\"");
        var output = Amount("output") ?? throw new FormatException($"'{name}' needs \"output\"");
        return new ModelPrice(input, Amount("cachedInput") ?? input, Amount("cacheWrite") ?? input, output, asOf);

        decimal? Amount(string field) => !row.Value.TryGetProperty(field, out var value) ? null
            : value.ValueKind == JsonValueKind.Number && value.TryGetDecimal(out var amount) && amount >= 0 && amount <= PlanLimits.MaxCostUsd ? amount
            : throw new FormatException($"'{name}': \"{field}\" is no amount of US dollars");
    }
}
