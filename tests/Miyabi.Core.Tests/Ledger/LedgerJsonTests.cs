using System.Text;
using System.Text.Json;
using Miyabi.Core.Agents;
using Miyabi.Core.Ledger;

namespace Miyabi.Core.Tests.Ledger;

public class LedgerJsonTests
{
    private const string Step = """{ "run": "r", "step": 1, "owner": 1, "previous": "p", "at": "2026-01-31T12:00:00.0000000Z", "endings": [], "controls": [], "decisions": [] }""";

    [Fact]
    public void DigestOf_SameContentInAnotherLayout_IsTheSame()
    {
        Assert.Equal(Digest("""{"a":[1,{"b":"é\""}]}"""), Digest(" {\r\n\t\"a\" : [ 1 ,\n{ \"b\": \"\\u00e9\\u0022\" } ] } "));
        Assert.NotEqual(Digest("""{"a":1}"""), Digest("""{"a":1.0}"""));
    }

    [Fact]
    public void DigestOf_LoneSurrogate_IsRefused()
    {
        using var output = JsonDocument.Parse("""{"a":"\ud800"}""");

        Assert.Throws<SealException>(() => LedgerJson.DigestOf(new ResultPayload(output.RootElement, [])));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(864_000_000_001)]
    public void TimesAndDurations_WrittenAndRead_AreTheSame(long ticks)
    {
        var at = new DateTimeOffset(2026, 1, 31, 12, 0, 0, TimeSpan.FromHours(9)).AddTicks(ticks);
        var document = new ResultDocument
        {
            Run = "r", Task = "t", Attempt = 1, Agent = "a", Provider = "p", Instruction = "i", StartedAt = at, EndedAt = at, Outcome = AttemptOutcome.Failed,
            Failure = new AgentFailure(FailureKind.RateLimited, "later") { RetryAfter = TimeSpan.FromTicks(ticks) },
        };

        var read = LedgerJson.Read<ResultDocument>(LedgerJson.Write(document, LedgerJson.Default.ResultDocument));

        Assert.Equal(at, read.StartedAt);
        Assert.Equal(TimeSpan.Zero, read.StartedAt.Offset);
        Assert.Equal(TimeSpan.FromTicks(ticks), read.Failure!.RetryAfter);
    }

    [Theory]
    [InlineData("\"at\": \"2026-01-31T12:00:00.0000000Z\"", "\"at\": \"2026-01-31T12:00:00Z\"")]
    [InlineData("\"at\": \"2026-01-31T12:00:00.0000000Z\"", "\"at\": \"2026-01-31T12:00:00.0000000+00:00\"")]
    [InlineData("\"at\": \"2026-01-31T12:00:00.0000000Z\"", "\"at\": 1")]
    [InlineData("\"run\": \"r\", ", "")]
    [InlineData("\"run\": \"r\"", "\"run\": null")]
    [InlineData("\"run\": \"r\"", "\"run\": 1")]
    [InlineData("\"run\": \"r\"", "\"run\": \"\\ud800\"")]
    [InlineData("\"step\": 1", "\"step\": \"1\"")]
    [InlineData("\"step\": 1", "\"step\": 99999999999")]
    [InlineData("\"endings\": [], ", "")]
    [InlineData("\"endings\": []", "\"endings\": null")]
    [InlineData("\"endings\": []", "\"endings\": [null]")]
    [InlineData("\"endings\": []", "\"endings\": [{}]")]
    [InlineData("\"endings\": []", "\"endings\": [{ \"ending\": null, \"claims\": [] }]")]
    [InlineData("\"decisions\": []", "\"decisions\": [null]")]
    [InlineData("\"decisions\": []", "\"decisions\": [{}]")]
    [InlineData("\"decisions\": []", "\"decisions\": [{ \"kind\": \"bogus\" }]")]
    [InlineData("\"decisions\": []", "\"decisions\": [{ \"kind\": 1 }]")]
    [InlineData("\"decisions\": []", "\"decisions\": [{ \"kind\": \"skip\" }]")]
    [InlineData("\"decisions\": []", "\"decisions\": [{ \"task\": \"t\", \"reason\": \"r\", \"kind\": \"skip\" }]")]
    [InlineData("\"controls\": []", "\"controls\": [{ \"number\": 1, \"digest\": \"d\" }]")]
    public void Read_AFormThatNoWriterHas_IsRefused(string written, string hostile)
    {
        LedgerJson.Read<StepDocument>(Encoding.UTF8.GetBytes(Step));
        var document = Step.Replace(written, hostile);
        Assert.NotEqual(Step, document);

        Assert.Throws<SealException>(() => LedgerJson.Read<StepDocument>(Encoding.UTF8.GetBytes(document)));
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("")]
    public void Read_NothingOfTheDocument_IsRefused(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);

        Assert.Throws<SealException>(() => LedgerJson.Read<PlanDocument>(bytes));
        Assert.Throws<SealException>(() => LedgerJson.Read<InstructionDocument>(bytes));
        Assert.Throws<SealException>(() => LedgerJson.Read<ClaimDocument>(bytes));
        Assert.Throws<SealException>(() => LedgerJson.Read<ResultDocument>(bytes));
        Assert.Throws<SealException>(() => LedgerJson.Read<ControlDocument>(bytes));
        Assert.Throws<SealException>(() => LedgerJson.Read<OwnerDocument>(bytes));
        Assert.Throws<SealException>(() => LedgerJson.Read<ManifestDocument>(bytes));
        Assert.Throws<SealException>(() => LedgerJson.Read<LeaseDocument>(bytes));
    }

    private static string Digest(string json)
    {
        using var output = JsonDocument.Parse(json);
        return LedgerJson.DigestOf(new ResultPayload(output.RootElement, [new ArtifactReference("a", "b", 1)]));
    }
}
