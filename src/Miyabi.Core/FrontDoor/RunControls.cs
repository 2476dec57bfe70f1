using Miyabi.Core.Activities;
using Miyabi.Core.Json;
using Miyabi.Core.Ledger;
using Miyabi.Core.Plans;
using Miyabi.Core.Scheduling;

namespace Miyabi.Core.FrontDoor;

/// <summary>What a person decided cannot be, as the run stands. Nothing was written.</summary>
/// <param name="problem">What is wrong and what to do.</param>
public sealed class ControlRefusedException(string problem) : Exception(problem);

/// <summary>A control that was written down.</summary>
/// <param name="Path">Its document, below the run's folder.</param>
/// <param name="Digest">The document's digest.</param>
/// <param name="Control">What was decided.</param>
public sealed record SentControl(string Path, string Digest, Control Control);

/// <summary>Writes down what people decide about runs: a sealed document in the ledger first, whatever wakes the engine comes after it.</summary>
/// <remarks>
/// What makes no sense as the run stands is refused, with the reason. The run may have gone on by the time the engine reads the document: then
/// what no longer applies changes nothing, and the step that took it says that it was there.
/// </remarks>
public sealed class RunControls(OpenRuns runs, TimeProvider clock)
{
    /// <summary>The longest reason, in characters.</summary>
    public const int MaxReason = 1_000;

    /// <summary>Writes a control down.</summary>
    /// <exception cref="RunNotFoundException">The store has no run of the id.</exception>
    /// <exception cref="ControlRefusedException">It does not apply to the run as it stands.</exception>
    /// <exception cref="SealException">The run's plan or steps do not hold: nothing can be said about it.</exception>
    /// <exception cref="UntrustedKeyException">The run's plan is sealed by a key that is not trusted.</exception>
    /// <exception cref="StoreException">The store could not be read or written; the control may be there or not.</exception>
    public async Task<SentControl> SendAsync(string run, Control control, CancellationToken cancellationToken)
    {
        if (control.Reason.Length > MaxReason)
            throw new ControlRefusedException($"The reason has {control.Reason.Length} characters; at most {MaxReason} are kept. Shorten it.");
        if (control is { Kind: ControlKind.RaiseBudget, Budget: null or { MaxCostUsd: null, MaxTokens: null, MaxTime: null } })
            throw new ControlRefusedException("Say what the budget is to be: --max-cost-usd, --max-tokens or --max-time, or several.");
        var open = await runs.GetAsync(run, cancellationToken);
        var record = await open.ReadLatestAsync(cancellationToken);
        var waiting = await open.Ledger.ReadControlsAsync(record.TakenControls, cancellationToken);
        if (control.Budget is { } budget)
        {
            // A budget is set whole: what is not said of it stays as it is.
            var current = waiting.Aggregate(record.Scheduler, (state, sent) => state.With(sent.Value.Control, open.Plan)).Budget;
            control = control with { Budget = new Budget(budget.MaxCostUsd ?? current.MaxCostUsd, budget.MaxTokens ?? current.MaxTokens) { MaxTime = budget.MaxTime ?? current.MaxTime } };
        }

        if (control is { Kind: ControlKind.RaiseBudget, Budget.MaxCostUsd: not null } && CallReserves.WhyNoCost(open.Plan.Options.Reserves) is { } unknown)
            throw new ControlRefusedException(unknown);
        if (WhyNot(record, [.. waiting.Select(sent => sent.Value.Control)], control) is { } why)
            throw new ControlRefusedException(why);

        // After all that hold: a file that is no control has a name that anyone could have chosen, up to the highest number there is.
        for (var number = record.Controls.Select(taken => taken.Number).Concat(waiting.Select(sent => sent.Value.Number)).DefaultIfEmpty(0).Max() + 1; ; number++)
        {
            var document = new ControlDocument { Run = run, Number = number, At = clock.GetUtcNow(), Control = control };
            if (await open.Ledger.CreateControlAsync(document, cancellationToken) is { } digest)
                return new SentControl(LedgerPath.Control(number, RunLedger.NameOf(control.Kind)), digest, control);
        }
    }

    /// <summary>How a run stands, with all that people have decided and no step has taken yet.</summary>
    /// <returns>Whether it is suspended, and whether it has ended.</returns>
    /// <inheritdoc cref="SendAsync" path="/exception"/>
    public async Task<(bool IsSuspended, bool HasEnded)> StateAsync(string run, CancellationToken cancellationToken)
    {
        var open = await runs.GetAsync(run, cancellationToken);
        var record = await open.ReadLatestAsync(cancellationToken);
        var waiting = await open.Ledger.ReadControlsAsync(record.TakenControls, cancellationToken);
        var state = waiting.Aggregate(record.Scheduler, (current, sent) => current.With(sent.Value.Control, open.Plan));
        return (state.Suspended, state.Outcome is not null);
    }

    // Judged by the run with all that people have decided and no step has taken yet.
    private string? WhyNot(RunRecord record, List<Control> waiting, Control control)
    {
        var (plan, id) = (record.Plan, record.Plan.RunId);
        if (control.Task is { } named && !plan.TryTaskOf(named, out _))
            return $"Run '{id}' has no task '{named}'.{Nearest(named, plan)}";
        var state = waiting.Aggregate(record.Scheduler, (current, sent) => current.With(sent, plan));
        if (control.Kind == ControlKind.Retry)
            return WhyNoRetry(state, control, plan);
        if (state.Outcome is not null)
            return $"Run '{id}' has ended ({state.Outcome.Value.ToString().ToLowerInvariant()}). To take it up again: miyabi retry {id}";
        return control.Kind switch
        {
            ControlKind.Approve or ControlKind.Reject => WhyNoAnswer(state, waiting, control, plan),
            ControlKind.Cancel when state.Cancelled => $"Run '{id}' is cancelled already.",
            ControlKind.Suspend when state.Suspended => $"Run '{id}' is suspended already.",
            ControlKind.Unsuspend when !state.Suspended => $"Run '{id}' is not suspended.",
            ControlKind.RaiseBudget => WhyNoBudget(state, control, clock.GetUtcNow()),
            _ => null,
        };
    }

    private static string? WhyNoRetry(SchedulerState state, Control control, RunPlan plan)
    {
        if (state.Outcome is null)
            return $"Run '{plan.RunId}' has not ended: what fails is tried again as its plan says. To end it first: miyabi cancel {plan.RunId}";
        if (state.With(control, plan).Outcome is null)
            return null;
        return control.Task is { } task
            ? $"Task '{task}' cannot be carried out again alone: something that it depends on failed. To take up all that did not succeed: miyabi retry {plan.RunId}"
            : $"Every task of run '{plan.RunId}' was accepted. To carry one out again, and all that depends on it, name it: miyabi retry {plan.RunId} TASK";
    }

    private static string? WhyNoAnswer(SchedulerState state, List<Control> waiting, Control control, RunPlan plan)
    {
        if (control.Task is not { } id)
            return "Say which task is meant.";
        var task = plan.TaskOf(id);
        if (waiting.Find(sent => sent.Task == id && sent.Kind is ControlKind.Approve or ControlKind.Reject) is { } answered)
            return $"Task '{id}' was {(answered.Kind == ControlKind.Approve ? "approved" : "rejected")} already.";
        if (state.Tasks[task] is { Phase: TaskPhase.Approval, Asked: true })
            return null;
        var asked = plan.Plan.Tasks.Where((_, number) => state.Tasks[number] is { Phase: TaskPhase.Approval, Asked: true }).Select(asking => asking.Id).ToList();
        var others = asked.Count == 0 ? "No task does." : $"These do: {string.Join(", ", asked.Take(20))}.";
        return plan.Plan.Tasks[task].Approval is null
            ? $"Task '{id}' asks for no approval. {others}"
            : $"Task '{id}' does not wait for an answer now: an answer counts from when it is asked. {others}";
    }

    private static string? WhyNoBudget(SchedulerState state, Control control, DateTimeOffset now)
    {
        var (cost, tokens) = (BudgetCheck.Cost(state), BudgetCheck.Tokens(state));
        return control.Budget switch
        {
            { MaxCostUsd: { } max } when max <= cost => FormattableString.Invariant($"{cost} US dollars are used already: give more than that."),
            { MaxTokens: { } max } when max <= tokens => FormattableString.Invariant($"{tokens} tokens are used already: give more than that."),
            { MaxTime: { } max } when state.StartedAt is { } start && now - start is var gone && max <= gone =>
                $"{Iso8601Duration.ToText(TimeSpan.FromSeconds(Math.Floor(gone.TotalSeconds)))} are over already: give more than that.",
            _ => null,
        };
    }

    private static string Nearest(string task, RunPlan plan)
    {
        var ids = plan.Plan.Tasks.Select(known => known.Id).ToList();
        return NearestName.Of(task, ids) is { } near ? $" Did you mean {near}?" : $" It has: {string.Join(", ", ids.Take(20))}";
    }
}
