using Miyabi.Cli.Contracts;
using Miyabi.Core.Activities;
using Miyabi.Core.FrontDoor;
using Miyabi.Core.Runs;
using Miyabi.Core.Scheduling;
using Miyabi.Web.Contracts;

namespace Miyabi.Cli;

/// <summary>What is said after a person's decision was written down. The same words, wherever the run is carried out.</summary>
internal static class ControlAnswer
{
    private const string ByFunctionApp = "Its function app takes it up within a minute.";

    /// <summary>Of a run whose store was written to from here.</summary>
    /// <param name="run">The run's id.</param>
    /// <param name="sent">What was written.</param>
    /// <param name="owner">Who carries the run out; <see langword="null"/>: nobody, and of a cancelled run the last step was taken here.</param>
    /// <param name="store">What suggested commands need besides the id.</param>
    internal static string[] Of(string run, SentControl sent, RunOwner? owner, string store) =>
    [
        What(run, sent),
        owner switch
        {
            { Instance: not null, IsAtWork: true } => ByFunctionApp,
            { Instance: not null } => $"{ByFunctionApp} If it does not, carry the run on here: miyabi resume {run}{store}",
            not null => $"Its runner{(owner.Host.Length == 0 ? "" : $" on {owner.Host}")} takes it up within {RunWatch.Interval.TotalSeconds:0} s.",
            null when sent.Control.Kind == ControlKind.Cancel =>
                $"Nobody carried it out, so its last step was taken here. To take it up again: miyabi retry {run}{store}",
            null => $"Nobody carries it out now. To go on: miyabi resume {run}{store}",
        },
    ];

    /// <summary>The same for programs.</summary>
    internal static ControlJson JsonOf(string run, SentControl sent, RunOwner? owner) =>
        ControlJson.Of(run, sent, owner) is var json && owner is { Instance: not null, Host: "" } ? json with { CarriedOutBy = "function app" } : json;

    /// <summary>What was decided, and where that stands.</summary>
    internal static string What(string run, SentControl sent) =>
        $"{Word(sent.Control.Kind)} {(sent.Control.Task is { } task ? $"task {task} of run {run}" : $"run {run}")}; sealed as {sent.Path}.";

    /// <summary>Says it.</summary>
    internal static Task TellAsync(ControlJson json, IEnumerable<string> lines, bool isJson)
    {
        if (isJson)
            return Contract.WriteAsync(json);
        foreach (var line in lines)
            Terminal.WriteLine(line);
        return Task.CompletedTask;
    }

    private static string Word(ControlKind kind) => kind switch
    {
        ControlKind.Approve => "Approved",
        ControlKind.Reject => "Rejected",
        ControlKind.Cancel => "Cancelled",
        ControlKind.Suspend => "Suspended",
        ControlKind.Unsuspend => "Let go on",
        ControlKind.RaiseBudget => "Raised the budget of",
        _ => "Asked to retry",
    };
}
