using System.Text;
using System.Text.Json;
using Miyabi.Core.Schemas;

namespace Miyabi.Core.Tests.Schemas;

/// <summary>No schema and no value makes the checking throw.</summary>
public sealed class SchemaFuzzTests
{
    [Fact]
    public void ReadAndValidate_MutatedSchemas_NeverThrow()
    {
        var (read, checkedValues) = (0, 0);
        for (var seed = 0; seed < 6000; seed++)
        {
            var random = new Random(seed);
            var schema = Splice(random, c => c.Schema);
            var value = Splice(random, c => c.Value);
            using var schemaJson = ParseOrNull(schema);
            using var valueJson = ParseOrNull(value);
            if (schemaJson is null || valueJson is null)
                continue;
            try
            {
                read++;
                var reading = OutputSchema.Read(schemaJson.RootElement);
                Assert.Equal(reading.Schema is null, reading.Errors.Length > 0);
                if (reading.Schema is null)
                    continue;
                checkedValues++;
                Assert.InRange(reading.Schema.Validate(valueJson.RootElement).Length, 0, 20);
            }
            catch (Exception e)
            {
                Assert.Fail($"seed {seed}: {e}\n{schema}\n{value}");
            }
        }

        Assert.InRange(read, 1000, 6000);
        Assert.InRange(checkedValues, 500, read);
    }

    [Theory]
    [InlineData("(a{1000}){1000}")]
    [InlineData("a{2147483648}")]
    [InlineData("[z-a]")]
    [InlineData("\\\\p{Nonsense}")]
    [InlineData("\\\\u12")]
    [InlineData("(?<n>a)(?<n")]
    [InlineData("[a")]
    [InlineData("*")]
    public void Read_PatternThatCannotBe_IsAnErrorAndNotThrown(string pattern)
    {
        using var json = JsonDocument.Parse($$"""{"pattern": "{{pattern}}"}""");
        Assert.NotEmpty(OutputSchema.Read(json.RootElement).Errors);
    }

    [Fact]
    public void Read_PatternOfParenthesesAlone_DoesNotThrow()
    {
        using var json = JsonDocument.Parse($$"""{"pattern": "{{new string('(', 500)}}{{new string(')', 500)}}"}""");
        Assert.Equal(OutputSchema.Read(json.RootElement).Schema is null, OutputSchema.Read(json.RootElement).Errors.Length > 0);
    }

    /// <summary>Two texts of the table cut and joined where both have the same character, which often leaves JSON.</summary>
    private static string Splice(Random random, Func<SchemaCase, string> text)
    {
        var one = text(SchemaCases.All[random.Next(SchemaCases.All.Count)]);
        var other = text(SchemaCases.All[random.Next(SchemaCases.All.Count)]);
        var at = random.Next(one.Length);
        var same = other.IndexOf(one[at], StringComparison.Ordinal);
        return random.Next(4) == 0 || same < 0 ? one : one[..at] + other[same..];
    }

    private static JsonDocument? ParseOrNull(string json)
    {
        try
        {
            return JsonDocument.Parse(Encoding.UTF8.GetBytes(json));
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
