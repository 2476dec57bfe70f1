using System.CommandLine;
using System.Text.RegularExpressions;
using Miyabi.Cli.Contracts;
using Miyabi.Cli.Remote;
using Miyabi.Core.FrontDoor;
using Miyabi.Core.Scheduling;
using Miyabi.Web.Contracts;

namespace Miyabi.Cli.Commands;

/// <summary>The commands by which a person decides about a run of a function app: the app writes the document, and carries out what follows.</summary>
internal static partial class RemoteControls
{
    /// <summary>Sends a decision, and says what <see cref="ControlCommands"/> would.</summary>
    internal static async Task<int> SendAsync(ParseResult parsed, RemoteApp app, string run, Control control, CancellationToken cancellationToken)
    {
        RefuseWhatIsOfHere(parsed);
        if (control.Reason.Length > RunControls.MaxReason)
            throw new UsageException($"The reason has {control.Reason.Length} characters; at most {RunControls.MaxReason} are kept. Shorten it.");
        var request = new DecisionRequest(control.Reason) { Task = control.Kind == ControlKind.Retry ? control.Task : null, Budget = control.Budget };
        var receipt = await app.SendAsync(run, RouteOf(control), request, cancellationToken);
        if (receipt.Document is null && control.Kind == ControlKind.Unsuspend)
            throw new ControlRefusedException($"Run '{run}' is not suspended.");
        if (receipt.Run != run || receipt.Kind != control.Kind || !DocumentPath().IsMatch(receipt.Document ?? "") || !Sha256().IsMatch(receipt.Sha256 ?? ""))
            throw app.Senseless("it names no document for what was decided");
        var sent = new SentControl(receipt.Document!, receipt.Sha256!, control);
        var json = ControlJson.Of(run, sent, null) with { CarriedOutBy = app.Address.Text };
        await ControlAnswer.TellAsync(json, [ControlAnswer.What(run, sent), Then(run, receipt.Standing, parsed)], parsed.GetValue(Root.Json));
        return ExitCode.Success;
    }

    /// <summary>Has a run go on that stands still, for whatever reason.</summary>
    internal static async Task<int> ResumeAsync(ParseResult parsed, RemoteApp app, string run, CancellationToken cancellationToken)
    {
        RefuseWhatIsOfHere(parsed);
        var standing = (await app.ResumeAsync(run, cancellationToken)).Standing;
        if (parsed.GetValue(Root.Json))
            await Contract.WriteAsync(await app.ReadRunAsync(run, cancellationToken));
        else
            Terminal.WriteLine(standing == RunStanding.Ended ? $"Run {run} has ended." : $"Run {run} goes on at {app.Address.Text}. See it with: miyabi watch {run}{Root.StoreHintOf(parsed)}");
        return ExitCode.Success;
    }

    private static void RefuseWhatIsOfHere(ParseResult parsed) => RemoteOptions.Refuse(
        parsed,
        (RunOptionSet.NoWait, "the run goes on there, and this command waits for nothing"),
        (RunOptionSet.KeepWorkspaces, "its workspaces are not on this machine"));

    private static string Then(string run, RunStanding? standing, ParseResult parsed) => standing == RunStanding.Stalled
        ? $"What carried the run out has ended before the run did. To go on: miyabi resume {run}{Root.StoreHintOf(parsed)}"
        : "Its function app takes it up.";

    private static string RouteOf(Control control) => control.Kind switch
    {
        ControlKind.Approve or ControlKind.Reject => $"tasks/{TaskOf(control)}/{control.Kind.ToString().ToLowerInvariant()}",
        ControlKind.Unsuspend or ControlKind.RaiseBudget => "resume",
        _ => control.Kind.ToString().ToLowerInvariant(),
    };

    private static string TaskOf(Control control) => Core.Plans.PlanLimits.IsId(control.Task ?? "")
        ? control.Task!
        : throw new UsageException($"'{control.Task}' is no task id. See which tasks there are: miyabi status RUN");

    [GeneratedRegex("^control/[0-9]{1,10}-[a-z-]{1,20}\\.json$", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex DocumentPath();

    [GeneratedRegex("^[0-9a-f]{64}$", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Sha256();
}
