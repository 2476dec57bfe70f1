using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Miyabi.Core.Plans;

namespace Miyabi.Agents.Command;

/// <summary>Where an attempt's workspace lies: <c>{root}/{run}~{store}/{task}/{attempt}</c>.</summary>
/// <remarks>The store is part of it, so that runs of one id in two stores, or a run and its copy, never share a workspace. No id has a <c>~</c>. A check of a task has its name (<see cref="StageName"/>) for a task.</remarks>
internal sealed record WorkspacePath(string Root, string Store, string Run, string Task, int Attempt)
{
    private const char StoreMark = '~';

    /// <summary>The folder of all attempts of the run.</summary>
    public string RunFolder => Path.Combine(Root, Store.Length == 0 ? Run : $"{Run}{StoreMark}{Store}");

    /// <summary>The folder of all attempts of the task.</summary>
    public string TaskFolder => Path.Combine(RunFolder, Task);

    /// <summary>The workspace itself.</summary>
    public string Folder => Path.Combine(TaskFolder, Attempt.ToString(CultureInfo.InvariantCulture));

    /// <summary>What the program writes aside.</summary>
    public string TemporaryFolder => Folder + "-tmp";

    /// <summary>Held by the runner that uses the workspace, and by nobody else.</summary>
    public string LockFile => Folder + ".lock";

    /// <summary>A short name for a store's address; empty for none.</summary>
    public static string NameOf(string store) =>
        store.Length == 0 ? "" : Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(store)))[..12];

    /// <summary>The workspace whose folder this is, by its name alone; <see langword="null"/> if it is none.</summary>
    public static WorkspacePath? Parse(string root, string run, string task, string attempt)
    {
        var parts = run.Split(StoreMark);
        return parts.Length <= 2 && PlanLimits.IsId(parts[0]) && StageName.IsIdOrStage(task)
            && int.TryParse(attempt, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && number.ToString(CultureInfo.InvariantCulture) == attempt
            ? new WorkspacePath(root, parts.Length == 2 ? parts[1] : "", parts[0], task, number)
            : null;
    }
}
