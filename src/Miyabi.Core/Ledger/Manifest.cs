using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Miyabi.Core.Scheduling;

namespace Miyabi.Core.Ledger;

/// <summary>Works the manifest out: a pure function of what the run's documents say, so anyone can do it again and compare.</summary>
public static class Manifest
{
    /// <summary>The manifest of a run that has ended.</summary>
    /// <param name="record">The run's steps, all together.</param>
    /// <param name="owners">Digests of the owner documents, from owner 1 on.</param>
    public static ManifestDocument Of(RunRecord record, IReadOnlyList<string> owners)
    {
        var plan = record.Plan;
        var state = record.Scheduler;
        var tasks = plan.Plan.Tasks.Select((task, number) => Task(record, number)).ToImmutableArray();
        var documents = Documents(record, owners).OrderBy(entry => entry.Path, StringComparer.Ordinal).ToImmutableArray();
        var contentRoot = ContentRoot(tasks);
        return new ManifestDocument
        {
            Run = plan.RunId,
            Generation = record.Generation,
            Previous = record.Manifests.IsEmpty ? null : record.Manifests[^1],
            StartedAt = record.StartedAt,
            EndedAt = record.LastAt,
            Outcome = state.Outcome ?? throw new InvalidOperationException("The run has not ended."),
            Totals = new ManifestTotals(plan.TaskCount, state.Accepted, state.Failed, state.Skipped, record.Endings.Count, state.Usage),
            Tasks = tasks,
            Documents = documents,
            ContentRoot = contentRoot,
            Root = Root(documents, contentRoot),
        };
    }

    /// <summary>SHA-256 over a line for each task: id, outcome, payload digest or '-', with tabs between.</summary>
    public static string ContentRoot(IEnumerable<ManifestTask> tasks) =>
        Hash(tasks.Select(task => $"{task.Task}\t{NameOf(task.Outcome)}\t{task.Payload ?? "-"}\n"));

    /// <summary>SHA-256 over a line for each document: path and digest, with a tab between; then the content root.</summary>
    public static string Root(IEnumerable<ManifestEntry> documents, string contentRoot) =>
        Hash(documents.Select(entry => $"{entry.Path}\t{entry.Sha256}\n").Append($"{contentRoot}\n"));

    private static IEnumerable<ManifestEntry> Documents(RunRecord record, IReadOnlyList<string> owners)
    {
        yield return new ManifestEntry(LedgerPath.Plan, record.PlanDigest);
        for (var i = 0; i < owners.Count; i++)
            yield return new ManifestEntry(LedgerPath.Owner(i + 1), owners[i]);
        for (var i = 0; i < record.Steps.Count; i++)
            yield return new ManifestEntry(LedgerPath.Step(i + 1), record.Steps[i]);
        for (var i = 0; i < record.Manifests.Count; i++)
            yield return new ManifestEntry(LedgerPath.Manifest(i + 1), record.Manifests[i]);
        foreach (var control in record.Controls.DistinctBy(control => control.Path))
            yield return new ManifestEntry(control.Path, control.Digest);
        foreach (var ended in record.Endings)
        {
            // A rejected result is no document of the run: it was put aside.
            var (task, attempt) = (ended.Ending.Task, ended.Ending.Attempt);
            if (ended.Instruction is { } instruction)
                yield return new ManifestEntry(LedgerPath.Instruction(task, attempt), instruction);
            for (var i = 0; i < ended.Claims.Length; i++)
                yield return new ManifestEntry(LedgerPath.Claim(task, attempt, i + 1), ended.Claims[i]);
            if (ended.Result is { } result)
                yield return new ManifestEntry(LedgerPath.Result(task, attempt, record.Plan.KindOf(task)), result);
        }
    }

    private static ManifestTask Task(RunRecord record, int number)
    {
        var state = record.Scheduler.Tasks[number];
        return new ManifestTask(
            record.Plan.Plan.Tasks[number].Id,
            state.Phase switch
            {
                TaskPhase.Accepted => TaskOutcome.Accepted,
                TaskPhase.Failed => TaskOutcome.Failed,
                _ => TaskOutcome.Skipped,
            },
            state.Attempt,
            state.Agent >= 0 ? record.Plan.Plan.Agents[state.Agent].Id : null,
            record.Accepted.GetValueOrDefault(number)?.Payload,
            state.Reason)
        {
            Result = record.Accepted.GetValueOrDefault(number)?.Result,
            Key = record.Accepted.GetValueOrDefault(number)?.Key,
        };
    }

    private static string NameOf(TaskOutcome outcome) => outcome switch
    {
        TaskOutcome.Accepted => "accepted",
        TaskOutcome.Failed => "failed",
        _ => "skipped",
    };

    private static string Hash(IEnumerable<string> lines)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var line in lines)
            hash.AppendData(Encoding.UTF8.GetBytes(line));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
