using Miyabi.Core.Plans;

namespace Miyabi.Core.Ledger;

/// <summary>Where the documents of runs lie in a store. The one place that names them.</summary>
public static class LedgerPath
{
    /// <summary>The folder of all runs.</summary>
    public const string Runs = "runs/";

    /// <summary>A run's folder; what the other members give lies below it.</summary>
    public static string Run(string run) => PlanLimits.IsId(run) ? $"{Runs}{run}/" : throw new ArgumentException($"'{run}' is no run id.", nameof(run));

    /// <summary>What was accepted to run.</summary>
    public const string Plan = "plan.json";

    /// <summary>The folder of steps.</summary>
    public const string Steps = "steps/";

    /// <summary>The folder of results.</summary>
    public const string Results = "results/";

    /// <summary>The folder of controls.</summary>
    public const string Controls = "control/";

    /// <summary>The folder of what was found wrong and put aside.</summary>
    public const string Quarantine = "quarantine/";

    /// <summary>The folder of leases.</summary>
    public const string Leases = "leases/";

    /// <summary>The folder of events.</summary>
    public const string Events = "events/";

    /// <summary>The folder of artifacts.</summary>
    public const string Artifacts = "artifacts/";

    /// <summary>A step.</summary>
    public static string Step(int step) => $"{Steps}{step}.json";

    /// <summary>What an attempt was told.</summary>
    /// <param name="task">The task's id, or the name of a check of it (<see cref="StageName"/>): so in the members below.</param>
    /// <param name="attempt">The attempt, of the task or of the check.</param>
    public static string Instruction(string task, int attempt) => $"{Attempt(task, attempt)}instruction.json";

    /// <summary>The n-th take-over of an attempt.</summary>
    public static string Claim(string task, int attempt, int number) => $"{Attempt(task, attempt)}claim-{number}.json";

    // Checks have a folder of their own beside tasks: 'checks/Task-1/2/review/1/' is the first attempt at the review of the task's second.
    private static string Attempt(string task, int attempt) => StageName.Parse(task) is { } check
        ? $"checks/{check.Task}/{check.Attempt}/{StageName.WordOf(check.Stage)}/{attempt}/"
        : $"tasks/{task}/{attempt}/";

    /// <summary>What an attempt came to.</summary>
    public static string Result(string task, int attempt, AgentKind kind)
    {
        if (StageName.Parse(task) is not null)
            return $"{Attempt(task, attempt)}result.json";
        var ofAttempt = attempt == 1 ? "" : $"_attempt-{attempt}";
        var ofKind = kind == AgentKind.Codex ? "_codex" : "";
        return $"{Results}{task}{ofAttempt}{ofKind}_result.json";
    }

    /// <summary>A file that an attempt produced.</summary>
    public static string Artifact(string sha256) => Artifacts + sha256;

    /// <summary>What a person decided.</summary>
    public static string Control(int number, string kind) => $"{Controls}{number}-{kind}.json";

    /// <summary>The n-th owner.</summary>
    public static string Owner(int owner) => $"owner-{owner}.json";

    /// <summary>The owner's lease.</summary>
    public static string OwnerLease(int owner) => $"{Leases}owner-{owner}.json";

    /// <summary>An attempt's lease.</summary>
    public static string AttemptLease(string task, int attempt) => StageName.Parse(task) is { } check
        ? $"{Leases}{check.Task}/{check.Attempt}/{StageName.WordOf(check.Stage)}/{attempt}.json"
        : $"{Leases}{task}/{attempt}.json";

    /// <summary>The manifest of a generation.</summary>
    public static string Manifest(int generation) => $"manifest-{generation}.json";

    /// <summary>A part of a writer's events.</summary>
    public static string EventPart(string writer, int part) => $"{Events}{writer}-{part}.ndjson";
}
