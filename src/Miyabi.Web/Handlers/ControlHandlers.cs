using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Miyabi.Core.FrontDoor;
using Miyabi.Core.Ledger;
using Miyabi.Core.Plans;
using Miyabi.Core.Scheduling;
using Miyabi.Web.Answers;
using Miyabi.Web.Contracts;

namespace Miyabi.Web.Handlers;

/// <summary>Writes down what people decide about runs, and then wakes whoever carries them out.</summary>
/// <param name="services">What it works with.</param>
public sealed class ControlHandlers(ApiServices services)
{
    private readonly RunControls controls = new(services.Runs, services.Clock);

    /// <summary><c>POST runs/{id}/cancel</c>: ends the run. Where no instance is at it, one is started that takes its last step.</summary>
    public Task<IResult> CancelAsync(HttpRequest request, string id, IRunEngine engine, CancellationToken cancellationToken) =>
        DecideAsync(request, id, engine, said => [new Control(ControlKind.Cancel, null, said.Reason)], ["reason"], cancellationToken);

    /// <summary><c>POST runs/{id}/suspend</c>: starts nothing new; what is at work goes on to its end.</summary>
    public Task<IResult> SuspendAsync(HttpRequest request, string id, IRunEngine engine, CancellationToken cancellationToken) =>
        DecideAsync(request, id, engine, said => [new Control(ControlKind.Suspend, null, said.Reason)], ["reason"], cancellationToken);

    /// <summary><c>POST runs/{id}/retry</c>: takes a run up again that has ended: what did not succeed, or one task and all that depends on it.</summary>
    public Task<IResult> RetryAsync(HttpRequest request, string id, IRunEngine engine, CancellationToken cancellationToken) =>
        DecideAsync(request, id, engine, said => [new Control(ControlKind.Retry, said.Task, said.Reason)], ["reason", "task"], cancellationToken);

    /// <summary><c>POST runs/{id}/tasks/{taskId}/approve</c>: lets a task start that asks first.</summary>
    public Task<IResult> ApproveAsync(HttpRequest request, string id, string taskId, IRunEngine engine, CancellationToken cancellationToken) =>
        AnswerAsync(request, (id, taskId), ControlKind.Approve, engine, cancellationToken);

    /// <summary><c>POST runs/{id}/tasks/{taskId}/reject</c>: does not let a task start that asks first.</summary>
    public Task<IResult> RejectAsync(HttpRequest request, string id, string taskId, IRunEngine engine, CancellationToken cancellationToken) =>
        AnswerAsync(request, (id, taskId), ControlKind.Reject, engine, cancellationToken);

    /// <summary>
    /// <c>POST runs/{id}/resume</c>: lets a suspended run go on, sets a new budget if one is given, and starts the next instance of a run whose last one has ended.
    /// </summary>
    public Task<IResult> ResumeAsync(HttpRequest request, string id, IRunEngine engine, CancellationToken cancellationToken) => ApiCall.AnswerAsync(
        request.HttpContext,
        services,
        id,
        async token =>
        {
            var (said, problem) = await ReadAsync(request, ["reason", "budget"], token);
            if (problem is not null)
                return problem;
            var (isSuspended, hasEnded) = await controls.StateAsync(id, token);
            List<Control> wanted = [];
            if (said!.Budget is { } budget)
                wanted.Add(new Control(ControlKind.RaiseBudget, null, said.Reason) { Budget = budget });
            if (isSuspended || hasEnded)
                wanted.Add(new Control(ControlKind.Unsuspend, null, said.Reason)); // of a run that has ended it is refused, with what to do
            return await SendAsync(id, wanted, engine, token);
        },
        cancellationToken);

    private Task<IResult> AnswerAsync(HttpRequest request, (string Run, string Task) of, ControlKind kind, IRunEngine engine, CancellationToken cancellationToken) =>
        PlanLimits.IsId(of.Task)
            ? DecideAsync(request, of.Run, engine, said => [new Control(kind, of.Task, said.Reason)], ["reason"], cancellationToken)
            : ApiCall.AnswerAsync(request.HttpContext, services, of.Run, _ => Task.FromResult<IResult>(Problem.InvalidId("A task's id")), cancellationToken);

    private Task<IResult> DecideAsync(
        HttpRequest request, string id, IRunEngine engine, Func<ControlRequest, List<Control>> what, string[] fields, CancellationToken cancellationToken) => ApiCall.AnswerAsync(
        request.HttpContext,
        services,
        id,
        async token =>
        {
            var (said, problem) = await ReadAsync(request, fields, token);
            return problem ?? await SendAsync(id, what(said!), engine, token);
        },
        cancellationToken);

    private static async Task<(ControlRequest? Said, Answer? Problem)> ReadAsync(HttpRequest request, string[] fields, CancellationToken cancellationToken)
    {
        var (bytes, problem) = await RequestBody.ReadAsync(request, ControlRequestReader.MaxBytes, isOptional: true, cancellationToken);
        if (problem is not null)
            return (null, problem);
        var said = ControlRequestReader.Read(bytes, fields);
        return said.Errors.IsEmpty ? (said, null) : (null, Problem.Invalid("invalid-body", "The body is wrong.", said.Errors));
    }

    // The sealed document first: whatever becomes of the rest, it is found.
    private async Task<IResult> SendAsync(string id, List<Control> wanted, IRunEngine engine, CancellationToken cancellationToken)
    {
        SentControl? sent = null;
        foreach (var control in wanted)
        {
            var next = await controls.SendAsync(id, control, cancellationToken);
            sent ??= next;
        }

        try
        {
            var resumes = wanted.Count == 0 || wanted.Exists(control => control.Kind is ControlKind.Cancel or ControlKind.Retry or ControlKind.Unsuspend or ControlKind.RaiseBudget);
            var starts = new RunStarts(services.Runs, engine, services.Clock, services.NewHolder);
            var start = await starts.EnsureAsync(id, resumes, Activity.Current?.Id, cancellationToken);
            if (start.Standing == RunStanding.Running && start.Instance is { } instance)
                await engine.WakeAsync(instance, cancellationToken);
            var answer = sent is null ? new ControlJson { Run = id } : ControlJson.Of(id, sent, null);
            return Answer.Of(202, answer with { Standing = start.Standing, Instance = start.Instance }, Answer.Json.ControlJson);
        }
        catch (EngineException) when (sent is not null)
        {
            return Problem.Unavailable(
                "engine-unavailable", $"It was written down as {sent.Path}, and is taken up when the engine is back. The engine cannot be reached right now.", sent.Path);
        }
        catch (StoreException) when (sent is not null)
        {
            return Problem.Unavailable("store-unavailable", $"It was written down as {sent.Path}, and is taken up when the store is back.", sent.Path);
        }
    }
}
