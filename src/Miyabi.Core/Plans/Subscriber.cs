using System.Collections.Immutable;

namespace Miyabi.Core.Plans;

/// <summary>Somebody outside who is told what happens in a run: an entry of the plan's <c>notify</c>.</summary>
public sealed record Subscriber
{
    /// <summary>Where to: https, or http to this machine itself; no user info, no fragment, at most <see cref="PlanLimits.MaxUrlCharacters"/>.</summary>
    public required string Url { get; init; }

    /// <summary>What is told; everything but <see cref="NoticeKind.TaskAccepted"/> unless said. Not empty.</summary>
    public ImmutableArray<NoticeKind> Events { get; init; } = Usual;

    /// <summary>The name under which the configuration has the secret that deliveries are signed with; the secret itself is in no plan.</summary>
    public required string Secret { get; init; }

    /// <summary>Scheme, host and port: what people and logs may see. A path can hold what only the two sides should know.</summary>
    public string Origin => new Uri(Url).GetLeftPart(UriPartial.Authority);

    internal static ImmutableArray<NoticeKind> Usual { get; } = [.. Enum.GetValues<NoticeKind>().Where(kind => kind != NoticeKind.TaskAccepted)];
}

/// <summary>What a subscriber can be told.</summary>
public enum NoticeKind
{
    /// <summary>The first step of a run was taken.</summary>
    RunStarted,

    /// <summary>A run that had ended was taken up again.</summary>
    RunReopened,

    /// <summary>A person suspended the run.</summary>
    RunSuspended,

    /// <summary>A person let it go on.</summary>
    RunUnsuspended,

    /// <summary>The run has ended, however.</summary>
    RunEnded,

    /// <summary>The budget is used up: nothing new starts until it is raised.</summary>
    BudgetReached,

    /// <summary>A person is asked before a task starts.</summary>
    ApprovalAsked,

    /// <summary>The answer: a person's, or the default.</summary>
    ApprovalAnswered,

    /// <summary>A task's result was accepted.</summary>
    TaskAccepted,

    /// <summary>A task has failed for good.</summary>
    TaskFailed,

    /// <summary>A task is to be tried again.</summary>
    TaskRetried,
}
