using System.Collections.Immutable;
using System.Text;
using Miyabi.Core.Activities;
using Miyabi.Core.Agents;
using Miyabi.Core.FrontDoor;
using Miyabi.Core.Ledger;
using Miyabi.Core.Orchestration;
using Miyabi.Core.Plans;
using Miyabi.Core.Scheduling;

namespace Miyabi.Testing.Runs;

/// <summary>
/// Makes finished runs that hold every kind of document: a failed attempt and its retry, a Codex task, artifacts, a task that failed for
/// good, one that was skipped, an approval, two owners, and an attempt that the second took over.
/// </summary>
public sealed class FinishedRuns(IBlobStore store, TestSigner signer, TimeProvider clock)
{
    public const string Plan = """
        {
          "name": "finished", "version": 1,
          "agents": [
            { "id": "C-1", "kind": "claude", "provider": "scripted" }, { "id": "C-2", "kind": "claude", "provider": "scripted" },
            { "id": "X-1", "kind": "codex", "provider": "scripted" } ],
          "defaults": { "retry": { "maxAttempts": 2, "backoff": "PT0S" } },
          "tasks": [
            { "id": "plan", "agent": "C-1", "prompt": "Plan – „ÆØÅ“ 計画 \u0007 \" \\ 🚀", "writes": ["docs/**"] },
            { "id": "taken", "agent": "C-2", "prompt": "Outlive your owner" },
            { "id": "code", "agent": "X-1", "dependsOn": ["plan"], "writes": ["src/**"] },
            { "id": "refused", "agent": "C-1", "dependsOn": ["plan"] },
            { "id": "skipped", "agent": "C-1", "dependsOn": ["refused"] },
            { "id": "gated", "agent": "C-2", "dependsOn": ["code", "taken"], "approval": { "message": "Sure?" } } ]
        }
        """;

    private readonly OpenRuns runs = new(store, new Sealer(signer), new TrustList([signer.Trusted()]), clock);
    private int ids;
    private int controls;

    /// <summary>Changes what 'plan' puts out, to make a run with other content.</summary>
    public string Word { get; init; } = "same";

    /// <summary>Carries endings to the next step in the reverse of the usual order.</summary>
    public bool Backwards { get; init; }

    /// <summary>The trust that proves these runs.</summary>
    public TrustList Trust => new([signer.Trusted()]);

    /// <summary>Takes a run up again that has ended, as a third, fourth, ... owner, and carries it to its end.</summary>
    public async Task RetryAsync(string run, string? task)
    {
        var ledger = runs.LedgerOf(run);
        await SendAsync(ledger, new Control(ControlKind.Retry, task, "Once more."));
        var record = await (await runs.GetAsync(run, default)).ReadLatestAsync(default);
        await using var owner = await OwnAsync(ledger, "3");
        await GoOnAsync(ledger, owner.Number, new Advance(runs, clock, new SilentObserver()), record.Step + 1);
    }

    /// <summary>Carries a run out to its end.</summary>
    public async Task<RunLedger> MakeAsync(string run)
    {
        controls = 0;
        var ledger = runs.LedgerOf(run);
        var reading = PlanReader.Read(Encoding.UTF8.GetBytes(Plan));
        var options = new RunOptions { Providers = reading.Plan!.Agents.ToImmutableSortedDictionary(agent => agent.Id, _ => "scripted") };
        await RunAcceptance.AcceptAsync(ledger, reading, options, clock.GetUtcNow(), default);
        await using var first = await OwnAsync(ledger, "1");
        using var death = new CancellationTokenSource();
        var advance = new Advance(runs, clock, new SilentObserver());
        var opening = await advance.RunAsync(new AdvanceRequest(run, first.Number, 1, [], true, true), default);
        foreach (var start in opening.Starts.Where(start => start.Task == "taken"))
        {
            try
            {
                await Worker(async (_, _) =>
                {
                    await death.CancelAsync();
                    throw new OperationCanceledException(death.Token);
                }).RunAsync(Request(run, first.Number, start), death.Token);
            }
            catch (OperationCanceledException)
            {
                // The first owner died in the middle of it.
            }
        }

        await using var second = await OwnAsync(ledger, "2");
        await GoOnAsync(ledger, second.Number, advance, opening.Step + 1);
        return ledger;
    }

    private async Task GoOnAsync(RunLedger ledger, int owner, Advance advance, int step)
    {
        var worker = Worker((request, _) => Task.FromResult(Answer(request)));
        ImmutableArray<TaskEnding> endings = [];
        var atWork = new Queue<RunTaskRequest>();
        var opening = true;
        for (; step < 90; step++)
        {
            var answer = await advance.RunAsync(new AdvanceRequest(ledger.Run, owner, step, endings, opening, true), default);
            if (answer.Outcome is not null)
                return;
            if (answer.Status.AwaitingApproval > 0)
                await SendAsync(ledger, new Control(ControlKind.Approve, "gated", "Go on."));
            foreach (var start in Backwards ? answer.Starts.Reverse() : answer.Starts)
                atWork.Enqueue(Request(ledger.Run, owner, start));
            opening = false;
            endings = atWork.TryDequeue(out var next) ? [await worker.RunAsync(next, default)] : [];
        }

        throw new InvalidOperationException("The run does not end.");
    }

    private static RunTaskRequest Request(string run, int owner, TaskStart start) => new(run, owner, start.Step, start.Task, start.Attempt);

    private AgentResult Answer(AgentRequest request) => (request.Task.Id, request.Attempt) switch
    {
        ("plan", _) => ScriptedAgent.Says($$"""{ "text": "{{Word}} é 計 \u2028 \"", "none": null, "number": 1.50 }""", ("docs/a.md", "first"), ("docs/b.md", "second")),
        ("code", 1) => AgentResult.Failed(FailureKind.Failed, "It does not compile."),
        ("code", _) => ScriptedAgent.Says("[]", ("src/x.cs", "class X;"), ("src/y.cs", "first")),
        ("refused", _) => AgentResult.Failed(FailureKind.Refused, "I would rather not."),
        _ => ScriptedAgent.Says("true"),
    };

    private RunTask Worker(Func<AgentRequest, CancellationToken, Task<AgentResult>> script)
    {
        var agent = new ScriptedAgent(script);
        return new RunTask(runs, _ => agent, clock, () => $"{Interlocked.Increment(ref ids):x32}", new SilentObserver());
    }

    private Task<Ownership> OwnAsync(RunLedger ledger, string holder) =>
        Ownership.AcquireAsync(ledger, new RunnerIdentity(holder.PadLeft(32, '0'), "here", holder), _ => true, clock, default);

    private async Task SendAsync(RunLedger ledger, Control what)
    {
        var control = new ControlDocument { Run = ledger.Run, Number = ++controls, At = clock.GetUtcNow(), Control = what };
        var file = await new Sealer(signer).SealAsync(DocumentTypes.Control, control, default);
        var name = $"{control.Number}-{what.Kind.ToString().ToLowerInvariant()}.json";
        await store.CreateAsync(LedgerPath.Run(ledger.Run) + LedgerPath.Controls + name, file.File, default);
    }
}
