using System.Threading.Channels;
using Miyabi.Core.Activities;
using Miyabi.Core.Ledger;
using Miyabi.Core.Orchestration;

namespace Miyabi.Cli.Embedded;

/// <summary>The orchestration's port in one process, on this machine's clock and threads.</summary>
/// <remarks>It keeps no history: what an engine would replay after a crash stands in the ledger, and a new run of the orchestration starts from there.</remarks>
internal sealed class EmbeddedContext : IOrchestrationContext
{
    private readonly Advance advance;
    private readonly RunTask runTask;
    private readonly Notify? notify;
    private readonly CancellationToken interrupt;
    private readonly TimeProvider clock;
    private readonly Action<RunStatus> status;
    private readonly CancellationToken stop;
    private readonly Channel<ControlSignal> controls = Channel.CreateUnbounded<ControlSignal>();
    private readonly EndingQueue endings = new();
    private readonly List<Task> activities = [];

    internal EmbeddedContext(Advance advance, RunTask runTask, TimeProvider clock, Action<RunStatus> status, CancellationToken stop) =>
        (this.advance, this.runTask, this.clock, this.status, this.stop) = (advance, runTask, clock, status, stop);

    /// <summary>Tells those whom the plan notifies; <see langword="null"/>: nobody does.</summary>
    internal Notify? Notify
    {
        init => notify = value;
    }

    /// <summary>Ends what is being told. What ends the orchestration does not: a run that stops because it waits for a person has just said so.</summary>
    internal CancellationToken Interrupt
    {
        init => interrupt = value;
    }

    /// <summary>The input of the next execution, if this one ended by continuing as new.</summary>
    internal RunInput? Next { get; private set; }

    /// <summary>Wakes the orchestration up.</summary>
    internal void Signal() => controls.Writer.TryWrite(new ControlSignal());

    /// <summary>Waits until no activity is at work, whatever became of each.</summary>
    internal async Task DrainAsync()
    {
        foreach (var activity in activities)
            await activity.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    public Task<TAnswer> CallActivityAsync<TAnswer>(string name, object input) => ((name, input) switch
    {
        (ActivityNames.Advance, AdvanceRequest request) => Begin(() => advance.RunAsync(request, stop), stop) as Task<TAnswer>,
        (ActivityNames.RunTask, RunTaskRequest request) => endings.Deliver(Begin(() => runTask.RunAsync(request, stop), stop)) as Task<TAnswer>,
        (ActivityNames.Notify, NotifyRequest request) => Begin(() => TellAsync(request), interrupt) as Task<TAnswer>,
        _ => null,
    }) ?? throw new ArgumentException($"There is no activity '{name}' that takes a {input.GetType().Name} and answers a {typeof(TAnswer).Name}.", nameof(name));

    // A store that fails here fails the run's next step too, which is waited for and says so; telling fails nothing.
    private async Task<NotifyAnswer> TellAsync(NotifyRequest request)
    {
        try
        {
            return notify is null ? new NotifyAnswer(0, 0) : await notify.RunAsync(request, interrupt);
        }
        catch (StoreException)
        {
            return new NotifyAnswer(0, 0);
        }
    }

    private Task<T> Begin<T>(Func<Task<T>> work, CancellationToken token)
    {
        // In turn with the other runs of the process: the pool's own order would carry on with whoever was at work last.
        var activity = Task.Factory.StartNew(work, token, TaskCreationOptions.PreferFairness | TaskCreationOptions.DenyChildAttach, TaskScheduler.Default).Unwrap();
        activities.RemoveAll(earlier => earlier.IsCompletedSuccessfully);
        activities.Add(activity);
        return activity;
    }

    public async Task CreateTimer(DateTimeOffset fireAt, CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, stop);
        // A single wait has a limit of about 49 days; the clock may also be set forward, or the machine sleep, while we wait.
        while (fireAt - clock.GetUtcNow() is { Ticks: > 0 } wait)
            await Task.Delay(wait < TimeSpan.FromMinutes(1) ? wait : TimeSpan.FromMinutes(1), clock, either.Token);
    }

    public async Task<TEvent> WaitForEventAsync<TEvent>(string name) => (TEvent)(object)await controls.Reader.ReadAsync(stop);

    public void SetStatus(RunStatus status) => this.status(status);

    public void ContinueAsNew(RunInput input) => Next = input;
}
