using Microsoft.AspNetCore.Http;
using Miyabi.Core.Scheduling;
using Miyabi.Web.Answers;
using Miyabi.Web.Contracts;

namespace Miyabi.Web.Handlers;

/// <summary>Says what a run of a plan would be like, or what is wrong with the plan.</summary>
/// <param name="services">What it works with.</param>
public sealed class PlanHandlers(ApiServices services)
{
    private readonly PlanCheck plans = new(services);

    /// <summary><c>POST plans/validate</c>: takes what <c>POST runs</c> takes, refuses what that refuses, and writes nothing.</summary>
    public Task<IResult> ValidateAsync(HttpRequest request, CancellationToken cancellationToken) =>
        ApiCall.AnswerAsync(request.HttpContext, services, token => CheckAsync(request, token), cancellationToken);

    private async Task<IResult> CheckAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        var (asked, options, problem) = await plans.ReadAsync(request, cancellationToken);
        if (problem is not null)
            return problem;
        var plan = RunPlan.Compile(asked.Reading.Plan!, asked.RunId ?? "plan", options);
        return Answer.Of(200, PlanJson.Of(plan, CriticalPath.Of(plan), Forecast.Of(plan)) with { Valid = true }, Answer.Json.PlanJson);
    }
}
