using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Miyabi.Core.Plans;

namespace Miyabi.Core.Tests.Plans;

/// <summary>Whatever a plan is turned into, it loads or errs with a place; nothing is thrown.</summary>
public sealed class PlanFuzzTests
{
    private const int MutationsOfEachKind = 3000;

    private static readonly string[] Values =
    [
        "null", "true", "{}", "[]", "\"\"", "-1", "1e999999999", "0.1", "\"../x\"", "{\"kind\":\"codex\"}", "[[]]", "\"PT1S\"", "\"**\"",
        "\"${input.repo}\"", "{\"$ref\":\"#\"}",
    ];

    private static readonly string[] Tokens =
        [.. Values, "\"\\ud800\"", "{\"a\":1,\"a\":2}", ",", ":", "}", "]", "\"", "\\", "\0", "//"];

    private static readonly byte[][] Seeds =
        [.. SamplePlans.Valid.Values.Append(SamplePlans.ReferenceQueue).Select(Encoding.UTF8.GetBytes)];

    public static TheoryData<string> Kinds() => new("bytes", "cut", "splice", "token", "structure");

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Read_MutatedPlan_LoadsOrErrsWithAPlace(string kind)
    {
        var loaded = 0;
        for (var number = 0; number < MutationsOfEachKind; number++)
        {
            var seed = (kind.Length * 1_000_003) + number;
            var random = new Random(seed);
            var mutant = Mutate(kind, random);
            try
            {
                var reading = PlanReader.Read(mutant);
                loaded += reading.Plan is null ? 0 : 1;
                CheckReading(reading);
            }
            catch (Exception e)
            {
                Assert.Fail($"{kind}, seed {seed}: {e}\n{Encoding.UTF8.GetString(mutant)}");
            }
        }

        // Mutations that never load, or always do, would test nothing.
        Assert.InRange(loaded, kind == "cut" ? 0 : 1, MutationsOfEachKind - 1);
    }

    private static void CheckReading(PlanReading reading)
    {
        Assert.Equal(reading.Plan is null, reading.Errors.Length > 0);
        Assert.InRange(reading.Errors.Length, 0, 100);
        foreach (var error in reading.Errors)
        {
            Assert.StartsWith("$", error.Path, StringComparison.Ordinal);
            Assert.True(error is { Line: >= 1, Column: >= 1, Cure.Length: > 0, Message.Length: > 0, Code.Length: > 0 }, error.ToString());
        }

        if (reading.Plan is not null)
            Assert.Equal(SamplePlans.Text(reading.Plan), SamplePlans.Text(PlanReader.Read(reading.Json).Plan!));
    }

    private static byte[] Mutate(string kind, Random random)
    {
        var bytes = Seeds[random.Next(Seeds.Length)].ToArray();
        switch (kind)
        {
            case "bytes":
                for (var flips = random.Next(1, 6); flips > 0; flips--)
                    bytes[random.Next(bytes.Length)] = (byte)random.Next(random.Next(2) == 0 ? 256 : 128);
                return bytes;
            case "cut":
                return random.Next(2) == 0 ? bytes[..random.Next(bytes.Length)] : bytes[random.Next(bytes.Length)..];
            case "splice":
                var other = Seeds[random.Next(Seeds.Length)];
                var (from, at) = (random.Next(other.Length), random.Next(bytes.Length));
                var piece = other[from..random.Next(from, Math.Min(other.Length, from + 60) + 1)];
                return [.. bytes[..at], .. piece, .. bytes[Math.Min(bytes.Length, at + (random.Next(2) * piece.Length))..]];
            case "token":
                return ReplaceTokens(bytes, random);
            default:
                var node = JsonNode.Parse(bytes)!;
                for (var changes = random.Next(1, 4); changes > 0; changes--)
                    Restructure(node, random);
                return JsonSerializer.SerializeToUtf8Bytes(node);
        }
    }

    private static byte[] ReplaceTokens(byte[] bytes, Random random)
    {
        var tokens = new List<(int Start, int End)>();
        var reader = new Utf8JsonReader(bytes);
        while (reader.Read())
            tokens.Add(((int)reader.TokenStartIndex, (int)reader.BytesConsumed));
        var (start, end) = tokens[random.Next(tokens.Count)];
        var (from, to) = tokens[random.Next(tokens.Count)];
        var replacement = random.Next(2) == 0 ? Encoding.UTF8.GetBytes(Tokens[random.Next(Tokens.Length)]) : bytes[from..to];
        return [.. bytes[..start], .. replacement, .. bytes[end..]];
    }

    /// <summary>Moves, copies, renames or drops a value: what comes out is JSON still.</summary>
    private static void Restructure(JsonNode root, Random random)
    {
        var all = Descendants(root).ToArray();
        var target = all[random.Next(all.Length)];
        var donor = random.Next(3) == 0 ? JsonNode.Parse(Values[random.Next(Values.Length)]) : all[random.Next(all.Length)].Value?.DeepClone();
        if (target.Owner is JsonArray array)
        {
            if (random.Next(3) == 0)
                array.RemoveAt(target.Index);
            else if (random.Next(2) == 0)
                array.Insert(target.Index, donor);
            else
                array[target.Index] = donor;
        }
        else if (target.Owner is JsonObject owner)
        {
            var choice = random.Next(3);
            if (choice == 0)
                owner.Remove(target.Name);
            else
                owner[choice == 1 ? target.Name : all[random.Next(all.Length)].Name] = donor;
        }
    }

    private static IEnumerable<(JsonNode Owner, string Name, int Index, JsonNode? Value)> Descendants(JsonNode node)
    {
        var here = node switch
        {
            JsonObject o => o.Select((pair, i) => ((JsonNode)o, pair.Key, i, pair.Value)),
            JsonArray a => a.Select((item, i) => ((JsonNode)a, "x", i, item)),
            _ => [],
        };
        foreach (var child in here)
        {
            yield return child;
            if (child.Item4 is null)
                continue;
            foreach (var deeper in Descendants(child.Item4))
                yield return deeper;
        }
    }
}
