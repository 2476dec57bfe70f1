namespace Miyabi.Core.Orchestration;

/// <summary>All that an orchestration may see of the world: an engine that may stop it anywhere and carry it on elsewhere.</summary>
/// <remarks>
/// An engine may re-run the orchestration from its start and give it the recorded answers, so between two calls of this port the code must do
/// the same every time: no clock but this one, no randomness, no I/O, no environment, and it awaits nothing that this port did not make.
/// </remarks>
public interface IOrchestrationContext
{
    /// <summary>Calls an activity. It runs at least once; its answer is recorded once.</summary>
    /// <param name="name">One of <see cref="ActivityNames"/>.</param>
    /// <param name="input">Serializable; ids, numbers and digests only.</param>
    Task<TAnswer> CallActivityAsync<TAnswer>(string name, object input);

    /// <summary>A task that ends at a time. One that is no longer needed must be cancelled, or the engine waits for it.</summary>
    Task CreateTimer(DateTimeOffset fireAt, CancellationToken cancellationToken);

    /// <summary>A task that ends with the next event of a name.</summary>
    Task<TEvent> WaitForEventAsync<TEvent>(string name);

    /// <summary>Shows people where the run stands; under 16 KB.</summary>
    void SetStatus(RunStatus status);

    /// <summary>Ends this execution and starts the orchestration anew, with an empty history. Nothing may be pending but event waits.</summary>
    void ContinueAsNew(RunInput input);
}

/// <summary>The activities by name.</summary>
public static class ActivityNames
{
    /// <summary>Verifies what has ended and decides what happens next.</summary>
    public const string Advance = "Advance";

    /// <summary>Carries out one attempt.</summary>
    public const string RunTask = "RunTask";

    /// <summary>Tells what a step has to tell to those whom the plan notifies. It never fails.</summary>
    public const string Notify = "Notify";

    /// <summary>The event by which the front door says that there is a new control document.</summary>
    public const string ControlEvent = "control";
}
