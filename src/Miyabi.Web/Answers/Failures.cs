using Microsoft.AspNetCore.Http;
using Miyabi.Core.Activities;
using Miyabi.Core.FrontDoor;
using Miyabi.Core.Ledger;
using Miyabi.Core.Plans;
using Miyabi.Core.Runs;

namespace Miyabi.Web.Answers;

/// <summary>What is answered when something cannot be done. One table for the whole API.</summary>
internal static class Failures
{
    /// <summary>The answer; <see langword="null"/> for what is a bug of ours.</summary>
    internal static Answer? Describe(Exception e, string? run) => e switch
    {
        RunNotFoundException => Problem.NotFound("run-not-found", e.Message),
        NoResultException => Problem.NotFound("no-result", e.Message),
        RunExistsException => Problem.Of(409, "run-exists", "There is another run of this id.", $"{e.Message} Choose another runId.", problem => problem with { Run = run }),
        ControlRefusedException => Problem.Of(409, "control-refused", "This does not apply to the run as it stands.", e.Message, problem => problem with { Run = run }),
        RunRefusedException refused => Problem.Invalid(
            "run-refused", "The plan cannot be carried out as it is asked for.", refused.Problems.Select(text => new PlanError("notPossible", "$", 0, 0, text, ""))),
        SealException broken => Broken(broken.Message, run, broken.Document),
        UntrustedKeyException untrusted => Broken(untrusted.Message, run, untrusted.Document),
        StoreException { Fault: StoreFault.TooLarge } => Broken("A document of the run is larger than any can be.", run, null),
        StoreException => Problem.Unavailable("store-unavailable", "The store cannot be reached right now. Nothing is lost: runs go on when it is back. Try again."),
        EngineException => Problem.Unavailable("engine-unavailable", "The engine cannot be reached right now. What was accepted is started when it is back. Try again."),
        BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } => Problem.TooLarge(PlanLimits.MaxPlanBytes),
        BadHttpRequestException bad => Problem.Of(bad.StatusCode, "bad-request", "The request did not come through.", "The body was cut short, came too slowly, or is not what its headers say."),
        _ => null,
    };

    internal static Answer Unexpected() => Problem.Of(
        500, "unexpected", "This should not have happened.", "It is a bug of this app; its log has more. Nothing that was accepted is lost.");

    private static Answer Broken(string message, string? run, string? document) => Problem.Of(
        409,
        "broken-document",
        "A document of the run is not what was sealed.",
        $"{message} No other run is affected. See all that is wrong: miyabi verify {run ?? "RUN"}",
        problem => problem with { Run = run, Document = document is null ? null : Problem.Clean(document) });
}
