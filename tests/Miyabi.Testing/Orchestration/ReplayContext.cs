using Miyabi.Core.Orchestration;

namespace Miyabi.Testing.Orchestration;

/// <summary>The orchestration's port as an engine gives it that replays: one execution from the start, with the recorded answers.</summary>
/// <remarks>The part of the execution that is recorded must call what is recorded, at the same places; what comes after it is new and is recorded.</remarks>
public sealed class ReplayContext : IOrchestrationContext
{
    private readonly ReplayHistory history;
    private readonly Dictionary<int, Action<int>> open = [];
    private readonly Dictionary<int, Action> faults = [];
    private readonly int recorded;
    private int called;
    private int told;
    private bool left;

    internal ReplayContext(ReplayHistory history) => (this.history, recorded) = (history, history.Calls.Count);

    /// <summary>The input of the next execution, if this one continued as new.</summary>
    internal RunInput? Next { get; private set; }

    /// <summary>What the orchestration did that it must not; it may have swallowed the exception.</summary>
    internal ReplayException? Wrong { get; private set; }

    public Task<TAnswer> CallActivityAsync<TAnswer>(string name, object input) =>
        Answered<TAnswer>(Called(ReplayCallKind.Activity, name, ReplayJson.Message(input)));

    public Task CreateTimer(DateTimeOffset fireAt, CancellationToken cancellationToken)
    {
        var call = Called(ReplayCallKind.Timer, "", fireAt.ToString("O"));
        var source = new TaskCompletionSource();
        open[call] = _ => source.TrySetResult();
        faults[call] = () => source.TrySetException(new ProbeException());
        cancellationToken.Register(() =>
        {
            if (left || !open.Remove(call))
                return;
            Called(ReplayCallKind.TimerCancelled, "", $"{call}");
            source.TrySetCanceled(cancellationToken);
        });
        return source.Task;
    }

    public Task<TEvent> WaitForEventAsync<TEvent>(string name) => Answered<TEvent>(Called(ReplayCallKind.EventWait, name, ""));

    public void SetStatus(RunStatus status) => Called(ReplayCallKind.Status, "", ReplayJson.Status(status));

    public void ContinueAsNew(RunInput input)
    {
        var json = ReplayJson.Message(input);
        Called(ReplayCallKind.ContinueAsNew, "", json);
        Next = ReplayJson.Read<RunInput>(json);
    }

    /// <summary>Gives the orchestration the next recorded answer.</summary>
    internal void Tell()
    {
        if (called < recorded && history.Calls[called].After <= told)
            Fail($"Recorded: {history.Calls[called]}. Now: nothing was called there.");
        var answer = told++;
        if (open.Remove(history.Answers[answer].Call, out var tell))
            tell(answer);
    }

    /// <summary>The orchestration has done what it could: it must have done all that is recorded.</summary>
    internal void CheckEnd()
    {
        if (called < recorded)
            Fail($"Recorded: {history.Calls[called]}. Now: nothing was called there.");
    }

    /// <summary>Ends every open task in an error: who awaits one of them, goes on. The execution is of no more use after it.</summary>
    internal void Probe()
    {
        left = true;
        foreach (var call in open.Keys.ToList())
            faults[call]();
    }

    internal bool HasOpen => open.Count > 0;

    private Task<T> Answered<T>(int call)
    {
        var source = new TaskCompletionSource<T>();
        open[call] = answer =>
        {
            if (history.Answers[answer].Error is { } error)
                source.TrySetException(new ReplayActivityException(error));
            else
                source.TrySetResult(history.Value<T>(answer)!);
        };
        faults[call] = () => source.TrySetException(new ProbeException());
        return source.Task;
    }

    private int Called(ReplayCallKind kind, string name, string json)
    {
        if (left)
            throw new ProbeException();
        if (Next is not null)
            Fail($"It called {kind} {name} after it had continued as new.");
        var call = new ReplayCall(told, kind, name, json);
        if (called >= recorded && told < history.Answers.Count)
            Fail($"Recorded: nothing more there. Now: {call}.");
        else if (called >= recorded)
            history.Calls.Add(call);
        else if (history.Calls[called] != call)
            Fail($"Recorded: {history.Calls[called]}. Now: {call}.");
        return called++;
    }

    private void Fail(string message)
    {
        Wrong ??= new ReplayException($"The orchestration is not deterministic, or breaks a rule. {message}");
        throw Wrong;
    }

    private sealed class ProbeException : Exception;
}
