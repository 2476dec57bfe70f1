using System.Text;
using System.Text.Json.Nodes;
using Miyabi.Core.Ledger;
using Miyabi.Core.Tests.Orchestration;
using Miyabi.Core.Tests.Verification;
using Miyabi.Core.Verification;
using Miyabi.Testing;
using static Miyabi.Core.Tests.Checks.CheckPlans;

namespace Miyabi.Core.Tests.Checks;

/// <summary>A result that counts without its checks is found, also where whoever forged it holds the keys.</summary>
public class CheckTamperingTests
{
    private const string Folder = "runs/run-1/";
    private const string Result = "checks/code/1/review/1/result.json";
    private const string Instruction = "checks/code/1/review/1/instruction.json";

    [Fact]
    public async Task Verdict_AlteredAndSealedAnew_IsNamed()
    {
        var files = await FilesAsync(Reviewed, reviewRejects: 1);
        await ChangeAsync(files, Result, result => result["payload"]!["output"]!["verdict"] = "accept");
        await NamedAsync(files, Result, FindingKind.Altered);
    }

    [Fact]
    public async Task Verdict_OfTextThatIsNotUnicode_IsNamed()
    {
        var files = await FilesAsync(Reviewed, reviewRejects: 1);
        var step = CutAfter(files, "code~review-1");
        var parsed = SealFormat.Parse(files[Folder + Result]);
        var text = Encoding.UTF8.GetString(parsed.Document.Span).Replace("finding of round 1", "\\ud800", StringComparison.Ordinal);
        files[Folder + Result] = await Scene.SealAsync(TestRun.Key, parsed.Type, Encoding.UTF8.GetBytes(text));
        await ChangeAsync(files, step, document => document["endings"]![0]!["result"] = SealFormat.Parse(files[Folder + Result]).Digest);
        await NamedAsync(files, Result, FindingKind.BrokenChain);
    }

    [Fact]
    public async Task Verdict_Removed_IsMissing()
    {
        var files = await FilesAsync(Reviewed);
        files.Remove(Folder + Result);
        await NamedAsync(files, Result, FindingKind.Missing);
    }

    [Fact]
    public async Task Verdict_FromAnotherRound_IsNamed()
    {
        var files = await FilesAsync(Reviewed, reviewRejects: 1);
        files[Folder + Result] = files[$"{Folder}checks/code/2/review/1/result.json"];
        await NamedAsync(files, Result, FindingKind.Replayed);
    }

    [Fact]
    public async Task Step_TakesARejectionForAnAcceptance_TheVerdictIsNamed()
    {
        var files = await FilesAsync(Reviewed, reviewRejects: 1);
        var step = CutAfter(files, "code~review-1");
        await ChangeAsync(files, step, document =>
        {
            document["endings"]![0]!["ending"]!["verdict"] = JsonNode.Parse("""{ "accepted": true, "findings": [] }""");
            document["decisions"] = new JsonArray();
        });
        await NamedAsync(files, Result, FindingKind.BrokenChain);
    }

    [Fact]
    public async Task Step_TakesOtherFindings_TheVerdictIsNamed()
    {
        var files = await FilesAsync(Reviewed, reviewRejects: 1);
        var step = CutAfter(files, "code~review-1");
        await ChangeAsync(files, step, document => document["endings"]![0]!["ending"]!["verdict"]!["findings"]![0] = "ignore all tests");
        await NamedAsync(files, Result, FindingKind.BrokenChain);
    }

    [Fact]
    public async Task Step_TakesAFailedGateForPassed_ItsResultIsNamed()
    {
        var files = await FilesAsync(Gated, gateRejects: 1);
        var step = CutAfter(files, "code~gate-1");
        await ChangeAsync(files, step, document =>
        {
            var ending = document["endings"]![0]!["ending"]!.AsObject();
            ending.Remove("failure");
            ending["verdict"] = JsonNode.Parse("""{ "accepted": true, "findings": [] }""");
            document["decisions"] = new JsonArray();
        });
        await NamedAsync(files, "checks/code/1/gate/1/result.json", FindingKind.BrokenChain);
    }

    [Fact]
    public async Task Step_TakesAVerdictThatNobodyGave_TheResultIsMissing()
    {
        var files = await FilesAsync(Reviewed);
        var step = CutAfter(files, "code~review-1");
        files.Remove(Folder + Result);
        await ChangeAsync(files, step, document =>
        {
            document["endings"]![0]!.AsObject().Remove("result");
            document["decisions"] = new JsonArray();
        });
        await NamedAsync(files, Result, FindingKind.Missing);
    }

    [Fact]
    public async Task Step_LetsAResultCountWithoutItsReview_IsABrokenChain()
    {
        var files = await FilesAsync(Reviewed);
        var step = CutAfter(files, "code");
        await ChangeAsync(files, step, document => document["endings"]![0]!.AsObject().Remove("awaits"));
        await NamedAsync(files, step, FindingKind.BrokenChain);
    }

    [Fact]
    public async Task Step_GivesADependentAResultThatWasNotAccepted_IsABrokenChain()
    {
        var files = await FilesAsync(Reviewed);
        var step = CutAfter(files, "code");
        await ChangeAsync(files, step, document =>
        {
            var start = document["decisions"]![0]!;
            (start["task"], start["agent"]) = ("use", "R");
        });
        await NamedAsync(files, step, FindingKind.BrokenChain);
    }

    [Fact]
    public async Task Step_ReviewsWithoutTheGate_IsABrokenChain()
    {
        var files = await FilesAsync($"{Gated}, {Reviewed}");
        var step = CutAfter(files, "code");
        await ChangeAsync(files, step, document =>
        {
            var start = document["decisions"]![0]!;
            (start["task"], start["agent"]) = ("code~review-1", "R");
        });
        await NamedAsync(files, step, FindingKind.BrokenChain);
    }

    [Fact]
    public async Task Step_ReviewsAnotherResult_IsABrokenChain()
    {
        var files = await FilesAsync(Reviewed);
        var step = CutAfter(files, "code");
        await ChangeAsync(files, step, document => document["decisions"]![0]!["inputs"]![0]!["result"] = new string('0', 64));
        await NamedAsync(files, step, FindingKind.BrokenChain);
    }

    [Fact]
    public async Task Instruction_ShowsTheReviewerAnotherResult_IsNamed()
    {
        var files = await FilesAsync(Reviewed);
        var step = CutAfter(files, "code~review-1");
        var told = await ChangeAsync(files, Instruction, document => document["content"]!["inputs"]![0]!["result"] = new string('0', 64));
        var said = await ChangeAsync(files, Result, document => document["instruction"] = told);
        await ChangeAsync(files, step, document => (document["endings"]![0]!["instruction"], document["endings"]![0]!["result"]) = (told, said));
        await NamedAsync(files, Instruction, FindingKind.BrokenChain);
    }

    [Fact]
    public async Task FinishedRun_CutAfterAnyStep_HasNothingWrong()
    {
        foreach (var task in new[] { "code", "code~gate-1", "code~review-2" })
        {
            var files = await FilesAsync($"{Gated}, {Reviewed}", gateRejects: 1, reviewRejects: 1);
            CutAfter(files, task);
            Assert.Empty((await VerifyAsync(files)).Findings);
        }
    }

    private static async Task<Dictionary<string, byte[]>> FilesAsync(string checks, int gateRejects = 0, int reviewRejects = 0)
    {
        var run = await TestRun.AcceptAsync(Plan(checks), Script(gateRejects, reviewRejects));
        await run.CarryOutAsync();
        return ((InMemoryBlobStore)run.Store).Blobs.ToDictionary(StringComparer.Ordinal);
    }

    // The run as it stood when a step had taken the first ending of a task or a check: what came later is gone, as if it had never been.
    private static string CutAfter(Dictionary<string, byte[]> files, string task)
    {
        var number = 0;
        while (number == 0 || !Read<StepDocument>(files, LedgerPath.Step(number)).Endings.Any(ended => ended.Ending.Task == task))
            number++;
        var spoken = new HashSet<string>(StringComparer.Ordinal);
        for (var step = 1; step <= number; step++)
        {
            foreach (var ended in Read<StepDocument>(files, LedgerPath.Step(step)).Endings)
            {
                spoken.Add(LedgerPath.Instruction(ended.Ending.Task, ended.Ending.Attempt));
                spoken.Add(LedgerPath.Result(ended.Ending.Task, ended.Ending.Attempt, ended.Ending.Task == "code" ? Core.Plans.AgentKind.Codex : Core.Plans.AgentKind.Claude));
            }
        }

        foreach (var name in files.Keys.Select(name => name[Folder.Length..]).ToList())
        {
            var isLater = name.StartsWith("manifest-", StringComparison.Ordinal)
                || (name.StartsWith(LedgerPath.Steps, StringComparison.Ordinal) && Read<StepDocument>(files, name).Step > number)
                || ((name.StartsWith("tasks/", StringComparison.Ordinal) || name.StartsWith("checks/", StringComparison.Ordinal) || name.StartsWith("results/", StringComparison.Ordinal)) && !spoken.Contains(name));
            if (isLater)
                files.Remove(Folder + name);
        }

        return LedgerPath.Step(number);
    }

    private static T Read<T>(Dictionary<string, byte[]> files, string path)
        where T : class => LedgerJson.Read<T>(SealFormat.Parse(files[Folder + path]).Document.Span);

    // Another document in its place, with a good seal. Returns its digest.
    private static async Task<string> ChangeAsync(Dictionary<string, byte[]> files, string path, Action<JsonNode> change)
    {
        var parsed = SealFormat.Parse(files[Folder + path]);
        var node = JsonNode.Parse(parsed.Document.Span)!;
        change(node);
        files[Folder + path] = await Scene.SealAsync(TestRun.Key, parsed.Type, Encoding.UTF8.GetBytes(node.ToJsonString()));
        return SealFormat.Parse(files[Folder + path]).Digest;
    }

    private static async Task NamedAsync(Dictionary<string, byte[]> files, string path, FindingKind kind)
    {
        var report = await VerifyAsync(files);
        Assert.True(report.Findings.Any(finding => finding.Path == Folder + path && finding.Kind == kind), string.Join("; ", report.Findings));
        Assert.False(report.IsProven);
    }

    private static async Task<VerificationReport> VerifyAsync(Dictionary<string, byte[]> files)
    {
        var store = new InMemoryBlobStore();
        foreach (var (name, content) in files)
            await store.CreateAsync(name, content, default);
        return await new RunVerifier(store, TestRun.Trust).VerifyAsync(TestRun.Id, null, default);
    }
}
