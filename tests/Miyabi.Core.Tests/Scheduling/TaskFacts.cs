using Miyabi.Core.Agents;
using Miyabi.Core.Plans;
using Miyabi.Core.Scheduling;

namespace Miyabi.Core.Tests.Scheduling;

/// <summary>What a list of facts says about a task.</summary>
public sealed class TaskFacts(PlanTask task)
{
    public PlanTask Task { get; } = task;

    public string Id => Task.Id;

    /// <summary>Attempts that were made before the run was last taken up again.</summary>
    public int Made { get; private init; }

    /// <summary>What agents are told of those.</summary>
    public List<AttemptFinding> Told { get; private init; } = [];

    public List<StartDecision> Starts { get; } = [];

    public List<Ending> Endings { get; } = [];

    public List<RetryDecision> Retries { get; } = [];

    /// <summary>What was started, ended and put off of checks, whatever they checked.</summary>
    public List<StartDecision> Checks { get; } = [];

    public List<Ending> CheckEndings { get; } = [];

    public List<RetryDecision> CheckRetries { get; } = [];

    public AskDecision? Ask { get; set; }

    public AnswerDecision? Answer { get; set; }

    public List<FailDecision> Fails { get; } = [];

    public List<SkipDecision> Skips { get; } = [];

    public bool IsWorking => Starts.Count > Endings.Count;

    public bool IsChecking => Checks.Count > CheckEndings.Count;

    public bool IsRunning => IsWorking || IsChecking;

    /// <summary>The agent that it is at work on.</summary>
    public string AgentAtWork => IsChecking ? Checks[^1].Agent : Starts[^1].Agent;

    /// <summary>What comes next or is at work: the work, the first check that the last result has not passed, or nothing, because it has passed all.</summary>
    public TaskStage? Stage
    {
        get
        {
            if (IsWorking || Endings.Count == 0 || Endings[^1].Failure is not null || VerdictsOnTheLast.Any(verdict => !verdict.Accepted))
                return TaskStage.Work;
            var passed = VerdictsOnTheLast.Count();
            var checks = StageTask.StagesOf(Task).Skip(1 + passed).ToList();
            return checks.Count == 0 ? null : checks[0];
        }
    }

    /// <summary>The id of the task or the name of the check that comes next or is at work.</summary>
    public string Name => Stage is null or TaskStage.Work ? Id : $"{Id}~{Stage.ToString()!.ToLowerInvariant()}-{Starts[^1].Attempt}";

    public bool IsAccepted => Stage is null;

    public bool HasEnded => IsAccepted || Fails.Count > 0 || Skips.Count > 0;

    public bool AwaitsAnswer => Ask is not null && Answer is null && !HasEnded;

    public bool IsAllowed => Task.Approval is null || Answer is { Approved: true };

    /// <summary>When the next attempt, of the work or of the check, may start; null: no attempt has made it wait.</summary>
    public DateTimeOffset? DueAt => Stage == TaskStage.Work
        ? (Starts.Count > 0 && Retries.Count == Starts.Count ? Retries[^1].NotBefore : null)
        : CheckRetries.FindLast(retry => retry.Task == Name)?.NotBefore;

    public bool IsDue(DateTimeOffset now) => DueAt is null || DueAt <= now;

    /// <summary>Results that a check has rejected.</summary>
    public int Rejections(TaskStage stage) =>
        CheckEndings.Count(ending => ending.Verdict is { Accepted: false } && StageName.Parse(ending.Task)!.Stage == stage);

    /// <summary>Attempts of the work since the last rejection, or of the check that is next: the retry policy counts them.</summary>
    public List<StartDecision> InRound => Stage == TaskStage.Work
        ? [.. Starts.Where(start => start.Attempt > LastRejected)]
        : [.. Checks.Where(start => start.Task == Name)];

    /// <summary>Those of them that say something of the task: not the first five whose worker ended in the middle.</summary>
    public List<StartDecision> Counted
    {
        get
        {
            var excused = Excused;
            return excused.Count == 0 ? InRound : [.. InRound.Where(start => !excused.Exists(ending => ending.Attempt == start.Attempt))];
        }
    }

    /// <summary>How many more interruptions say nothing of the task.</summary>
    public int Excuses => 5 - Excused.Count;

    public IEnumerable<AttemptFinding> Findings => Stage == TaskStage.Work
        ? WorkFindings
        : CheckEndings.Where(ending => ending.Task == Name && ending.Failure is not null).Except(Excused).Select(ending => new AttemptFinding(ending.Failure!.Message));

    /// <summary>Agents whose attempts at what is next have failed.</summary>
    public IEnumerable<string> Tried => Counted.Select(start => start.Agent);

    /// <summary>The same task in a run that is taken up again: an approval holds if it was about the same inputs.</summary>
    public TaskFacts Anew(bool hasOtherInputs)
    {
        var keepsApproval = Answer is { Approved: true } && !hasOtherInputs;
        var wasRejected = CheckEndings.Exists(ending => ending.Verdict is { Accepted: false });
        return new TaskFacts(Task)
        {
            Made = Made + Starts.Count,
            Told = [.. wasRejected ? WorkFindings : WorkFindings.TakeLast(5)],
            Ask = keepsApproval ? Ask : null,
            Answer = keepsApproval ? Answer : null,
        };
    }

    private IEnumerable<AttemptFinding> WorkFindings
    {
        get
        {
            var since = Endings.Where(ending => ending.Attempt > LastRejected && ending.Failure is not null).Except(FirstInterrupted(WorkInRound)).Select(ending => new AttemptFinding(ending.Failure!.Message));
            var rejection = CheckEndings.FindLast(ending => ending.Verdict is { Accepted: false });
            return (rejection is null ? Told : [.. rejection.Verdict!.Findings.Select(found => new AttemptFinding(found, StageName.Parse(rejection.Task)))]).Concat(since);
        }
    }

    private List<Ending> Excused => !Endings.Concat(CheckEndings).Any(IsInterrupted) ? [] : FirstInterrupted(Stage == TaskStage.Work ? WorkInRound : CheckEndings.Where(ending => ending.Task == Name));

    private IEnumerable<Ending> WorkInRound => Endings.Where(ending => ending.Attempt > LastRejected);

    private static List<Ending> FirstInterrupted(IEnumerable<Ending> endings) => [.. endings.Where(IsInterrupted).Take(5)];

    private static bool IsInterrupted(Ending ending) => ending.Failure?.Kind == FailureKind.Interrupted;

    private int LastRejected => CheckEndings.Where(ending => ending.Verdict is { Accepted: false }).Select(ending => StageName.Parse(ending.Task)!.Attempt).DefaultIfEmpty(0).Max();

    private IEnumerable<Verdict> VerdictsOnTheLast => CheckEndings
        .Where(ending => StageName.Parse(ending.Task)!.Attempt == Starts[^1].Attempt && ending.Verdict is not null).Select(ending => ending.Verdict!);
}
