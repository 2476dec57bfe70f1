using System.Collections.Frozen;

namespace Miyabi.Core.Plans;

/// <summary>The words of the plan format for what the types have as enumerations.</summary>
internal static class PlanWords
{
    public static readonly FrozenDictionary<string, AgentKind> Kinds = new Dictionary<string, AgentKind>
    {
        ["claude"] = AgentKind.Claude,
        ["codex"] = AgentKind.Codex,
        ["command"] = AgentKind.Command,
    }.ToFrozenDictionary();

    public static readonly FrozenDictionary<string, Schedule> Schedules = new Dictionary<string, Schedule>
    {
        ["waves"] = Schedule.Waves,
        ["ready"] = Schedule.Ready,
    }.ToFrozenDictionary();

    public static readonly FrozenDictionary<string, OnFailure> OnFailure = new Dictionary<string, OnFailure>
    {
        ["continue"] = Plans.OnFailure.Continue,
        ["stop"] = Plans.OnFailure.Stop,
    }.ToFrozenDictionary();

    public static readonly FrozenDictionary<string, bool> ApproveByDefault = new Dictionary<string, bool>
    {
        ["approve"] = true,
        ["reject"] = false,
    }.ToFrozenDictionary();

    public static readonly FrozenDictionary<string, CommandOutput> Outputs = new Dictionary<string, CommandOutput>
    {
        ["json"] = CommandOutput.Json,
        ["text"] = CommandOutput.Text,
    }.ToFrozenDictionary();

    public static readonly FrozenDictionary<string, NoticeKind> Notices = new Dictionary<string, NoticeKind>
    {
        ["run.started"] = NoticeKind.RunStarted,
        ["run.reopened"] = NoticeKind.RunReopened,
        ["run.suspended"] = NoticeKind.RunSuspended,
        ["run.unsuspended"] = NoticeKind.RunUnsuspended,
        ["run.ended"] = NoticeKind.RunEnded,
        ["budget.reached"] = NoticeKind.BudgetReached,
        ["approval.asked"] = NoticeKind.ApprovalAsked,
        ["approval.answered"] = NoticeKind.ApprovalAnswered,
        ["task.accepted"] = NoticeKind.TaskAccepted,
        ["task.failed"] = NoticeKind.TaskFailed,
        ["task.retried"] = NoticeKind.TaskRetried,
    }.ToFrozenDictionary();

    public static readonly FrozenDictionary<string, SimulatedFault> Faults = new Dictionary<string, SimulatedFault>
    {
        ["none"] = SimulatedFault.None,
        ["fail"] = SimulatedFault.Fail,
        ["refuse"] = SimulatedFault.Refuse,
        ["rateLimit"] = SimulatedFault.RateLimit,
        ["hang"] = SimulatedFault.Hang,
        ["garbage"] = SimulatedFault.Garbage,
        ["crash"] = SimulatedFault.Crash,
    }.ToFrozenDictionary();
}
