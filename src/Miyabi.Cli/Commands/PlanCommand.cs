using System.CommandLine;
using Miyabi.Cli.Contracts;
using Miyabi.Cli.View;
using Miyabi.Core.Ledger;
using Miyabi.Core.Scheduling;
using Miyabi.Web.Contracts;

namespace Miyabi.Cli.Commands;

/// <summary><c>miyabi plan FILE</c>: what a run of the plan would be like. Writes nothing.</summary>
internal static class PlanCommand
{
    internal static Command Create()
    {
        var file = new Argument<string>("FILE") { Description = "A plan, or the reference system's task_queue.json; - reads standard input" };
        var command = new Command("plan", Root.Help(
            "Shows a plan's waves, critical path, parallelism, load of each agent and expected makespan, or everything that is wrong with it",
            "plan samples/webapp-framework.plan.json"))
        {
            file, RunOptionSet.Schedule, RunOptionSet.MaxParallel,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var (reading, _) = await PlanFile.ReadAsync(parsed.GetRequiredValue(file), cancellationToken);
            var options = new RunOptions { Schedule = RunOptionSet.ScheduleOf(parsed), MaxParallel = RunOptionSet.MaxParallelOf(parsed) };
            var plan = RunPlan.Compile(reading.Plan!, "plan", options);
            var (path, forecast) = (CriticalPath.Of(plan), Forecast.Of(plan));
            if (parsed.GetValue(Root.Json))
                await Contract.WriteAsync(PlanJson.Of(plan, path, forecast));
            else
                PlanRenderer.Render(Terminal.Console, plan, path, forecast);
            return ExitCode.Success;
        });
        return command;
    }
}
