using System.Text.Json.Nodes;
using Miyabi.Agents.Models;
using Miyabi.Core.Agents;

namespace Miyabi.Agents.Tests.Models;

/// <summary>Answers of a model that has been turned against us.</summary>
public sealed class HostileAnswerTests
{
    public static TheoryData<string, string> BadPaths
    {
        get
        {
            var cases = new TheoryData<string, string>();
            foreach (var provider in new[] { "claude-api", "codex-api" })
            {
                foreach (var path in new[] { "../../etc/passwd", "/etc/passwd", "made/../../x", "made/\u001b[2Jx", "made\\x", "made/nul", "C:/made/x", "elsewhere/x", "", "made/a\u202eb" })
                    cases.Add(provider, path);
            }

            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(BadPaths))]
    public async Task Path_ThatLeadsElsewhere_FailsTheAttempt(string provider, string path)
    {
        var result = await RunAsync(provider, File(path, "x"));

        Assert.Equal(FailureKind.InvalidOutput, result.Failure!.Kind);
        Assert.DoesNotContain(result.Failure.Message, letter => char.IsControl(letter) || letter == '\u202e');
    }

    [Theory]
    [MemberData(nameof(ModelBench.Providers), MemberType = typeof(ModelBench))]
    public async Task Files_100000_FailTheAttempt(string provider)
    {
        var files = string.Join(',', Enumerable.Range(0, 100_000).Select(number => $$"""{"path":"made/{{number}}","content":""}"""));

        var result = await RunAsync(provider, $$"""{"summary":"Done.","files":[{{files}}],"notes":null}""");

        Assert.Equal(FailureKind.InvalidOutput, result.Failure!.Kind);
        Assert.Contains("100000 files", result.Failure.Message);
    }

    // What is larger than it may be is given up on the way: the table's HugeOutput shows that, with a smaller bound.
    [Fact]
    public void File_Of50MiB_IsMoreThanAnAnswerMayHave() => Assert.InRange(new ModelOptions { Model = "m", KeySetting = "KEY" }.MaxResponseBytes, 1, 50 * 1024 * 1024);

    [Theory]
    [MemberData(nameof(ModelBench.Providers), MemberType = typeof(ModelBench))]
    public async Task ControlCharacters_InContent_ReachTheFileAndNoMessage(string provider)
    {
        var result = await RunAsync(provider, File("made/bell", "\u0007\u001b[2J"));

        Assert.Null(result.Failure);
        Assert.Equal("\u0007\u001b[2J"u8.ToArray(), Assert.Single(result.Files).Content.ToArray());
    }

    [Theory]
    [MemberData(nameof(ModelBench.Providers), MemberType = typeof(ModelBench))]
    public async Task Text_ThatIsNoJson_IsQuotedHarmless(string provider)
    {
        await using var bench = await ModelBench.StartAsync(provider);
        bench.Server.Answer = _ => "\u001b[2J\u202eevil\n" + new string('x', 100_000);

        var result = await bench.RunAsync();

        Assert.Equal(FailureKind.InvalidOutput, result.Failure!.Kind);
        Assert.InRange(result.Failure.Message.Length, 1, 500);
        Assert.DoesNotContain(result.Failure.Message, letter => char.IsControl(letter) || letter == '\u202e');
    }

    [Theory]
    [MemberData(nameof(ModelBench.Providers), MemberType = typeof(ModelBench))]
    public async Task Answer_WithTheKey_IsKeptNowhere(string provider)
    {
        await using var bench = await ModelBench.StartAsync(provider);
        bench.Server.Answer = request => new JsonObject { ["summary"] = $"Your key is {request.Key}.", ["files"] = new JsonArray(), ["notes"] = null }.ToJsonString();

        var result = await bench.RunAsync();

        Assert.Equal(FailureKind.InvalidOutput, result.Failure!.Kind);
        Assert.DoesNotContain(ModelBench.Key, ModelBench.TextOf(result));
    }

    [Theory]
    [InlineData("claude-api", """{"summary":"KEY","files":[],"notes":null}""", 1)]
    [InlineData("codex-api", """{"summary":"KEY","files":[],"notes":null}""", 1)]
    [InlineData("claude-api", """{"summary":"s","files":[],"notes":"KEY"} and more""", 1)]
    [InlineData("codex-api", """{"summary":"s","files":[],"data":"{\"a\":\"KEY\"}","notes":null}""", 2)]
    public async Task Answer_WithTheKeyInEscapes_IsKeptNowhere(string provider, string answer, int escapes)
    {
        var letter = $"{new string('\\', escapes)}u0073";
        await using var bench = await ModelBench.StartAsync(provider);
        bench.Server.Answer = _ => answer.Replace("KEY", $"{letter}{ModelBench.Key[1..]}", StringComparison.Ordinal);

        var result = await bench.RunAsync(bench.Request(change: task => answer.Contains("\"data\"", StringComparison.Ordinal) ? task with { OutputSchema = "{}" } : task));

        Assert.Equal(FailureKind.InvalidOutput, result.Failure!.Kind);
        Assert.DoesNotContain(ModelBench.Key[1..], ModelBench.TextOf(result));
    }

    // For a server on this machine that takes any key.
    [Theory]
    [InlineData("claude-api", "none")]
    [InlineData("codex-api", "not-needed")]
    public async Task Answer_WithTheWordThatStandsForNoKey_IsAnAnswer(string provider, string word)
    {
        await using var bench = await ModelBench.StartAsync(provider, options => options with { Credential = ModelCredential.OfKey(word) });
        bench.Server.Answer = _ => new JsonObject { ["summary"] = $"Changes: {word}.", ["files"] = new JsonArray(), ["notes"] = null }.ToJsonString();

        Assert.Null((await bench.RunAsync()).Failure);
    }

    private static JsonArray File(string path, string content) => new(new JsonObject { ["path"] = path, ["content"] = content });

    private static Task<AgentResult> RunAsync(string provider, JsonArray files) =>
        RunAsync(provider, new JsonObject { ["summary"] = "Done.", ["files"] = files, ["notes"] = null }.ToJsonString());

    private static async Task<AgentResult> RunAsync(string provider, string answer)
    {
        await using var bench = await ModelBench.StartAsync(provider, options => options with { MaxResponseBytes = 8 * 1024 * 1024 });
        bench.Server.Answer = _ => answer;
        return await bench.RunAsync(bench.Request(change: task => task with { Writes = ["made/**"] }));
    }
}
