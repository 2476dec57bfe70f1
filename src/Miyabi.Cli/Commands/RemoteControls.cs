using System.CommandLine;
using System.Text.RegularExpressions;
using Miyabi.Cli.Contracts;
using Miyabi.Cli.Remote;
using Miyabi.Core.FrontDoor;
using Miyabi.Core.Scheduling;

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
        var request = new ControlRequest(control.Reason) { Task = control.Kind == ControlKind.Retry ? control.Task : null, Budget = control.Budget };
        var receipt = await app.SendAsync(run, RouteOf(control), request, cancellationToken);
        if (receipt is not { Path: { } path, Digest: { } digest } || receipt.Run != run || !DocumentPath().IsMatch(path) || !Sha256().IsMatch(digest))
            throw app.Senseless("it names no document for what was decided");
        var sent = new SentControl(path, digest, control);
        await ControlAnswer.TellAsync(ControlJson.Of(run, sent, app.Address.Text), [ControlAnswer.What(run, sent), Then(run, receipt.Standing, parsed)], parsed.GetValue(Root.Json));
        return ExitCode.Success;
    }

    /// <summary>Has a run go on that stands still, for whatever reason.</summary>
    internal static async Task<int> ResumeAsync(ParseResult parsed, RemoteApp app, string run, CancellationToken cancellationToken)
    {
        RefuseWhatIsOfHere(parsed);
        var receipt = await app.SendAsync(run, "resume", new ControlRequest(""), cancellationToken);
        if (receipt.Run != run)
            throw app.Senseless("it answers for another run than was asked for");
        if (parsed.GetValue(Root.Json))
            await Contract.WriteAsync(await app.ReadRunAsync(run, cancellationToken));
        else
            Terminal.WriteLine(receipt.Standing == "ended" ? $"Run {run} has ended." : $"Run {run} goes on at {app.Address.Text}. See it with: miyabi watch {run}{Root.StoreHintOf(parsed)}");
        return ExitCode.Success;
    }

    private static void RefuseWhatIsOfHere(ParseResult parsed) => RemoteOptions.Refuse(
        parsed,
        (RunOptionSet.NoWait, "the run goes on there, and this command waits for nothing"),
        (RunOptionSet.KeepWorkspaces, "its workspaces are not on this machine"));

    private static string Then(string run, string? standing, ParseResult parsed) => standing == "stalled"
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
