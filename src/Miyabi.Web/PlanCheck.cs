using Microsoft.AspNetCore.Http;
using Miyabi.Core.FrontDoor;
using Miyabi.Core.Ledger;
using Miyabi.Core.Plans;
using Miyabi.Web.Answers;

namespace Miyabi.Web;

/// <summary>Reads a plan that was sent, and checks all that can be checked before anything starts.</summary>
internal sealed class PlanCheck(ApiServices services)
{
    private readonly AcceptanceTerms terms = new()
    {
        LongestTask = services.LongestTask,
        LongerTasks = "What is longer needs a longer functionTimeout of the app, or 'miyabi run' on a machine.",
        MaxParallel = "options.maxParallel",
        Speed = "options.speed",
        GiveProvider = kind => $"options.providers.{kind} (e.g. \"options\": {{ \"providers\": {{ \"{kind}\": \"simulated\" }} }})",
    };

    /// <summary>Does it.</summary>
    /// <returns>What was asked for, and its options as the ledger will have them; or what is wrong.</returns>
    /// <exception cref="RunRefusedException">The plan can be read, and cannot be carried out as it is asked for.</exception>
    internal async Task<(RunRequest Request, RunOptions Options, Answer? Problem)> ReadAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        var (bytes, problem) = await RequestBody.ReadAsync(request, PlanLimits.MaxPlanBytes, isOptional: false, cancellationToken);
        if (problem is not null)
            return (null!, null!, problem);
        var asked = RunRequestReader.Read(bytes);
        if (asked.Reading.Plan is not { } plan)
            return (null!, null!, Problem.Invalid("invalid-plan", "The plan is wrong.", asked.Errors));
        var wish = asked.Wish with { DefaultProviders = services.DefaultProviders };
        return (asked, RunAcceptance.Check(plan, wish, services.Providers, services.ProviderNames, terms), null);
    }
}
