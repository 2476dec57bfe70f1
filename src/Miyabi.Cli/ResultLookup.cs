using Miyabi.Core.Ledger;

namespace Miyabi.Cli;

/// <summary>Reads the results of a run that its steps speak of, and believes no others.</summary>
internal sealed class ResultLookup(Installation installation, string run)
{
    /// <summary>The run's id.</summary>
    internal string Run => run;

    /// <summary>The last result of each task that has one, in the plan's order; or of one task alone.</summary>
    /// <exception cref="UsageException">There is no such task, or it has no result yet.</exception>
    /// <exception cref="SealException">A result is missing, or is not the one that a step names.</exception>
    internal async Task<IReadOnlyList<ResultDocument>> ReadAsync(string? task, CancellationToken cancellationToken)
    {
        var open = await installation.Runs.GetAsync(run, cancellationToken);
        if (task is not null && !open.Plan.TryTaskOf(task, out _))
            throw new UsageException($"Run '{run}' has no task '{task}'. It has: {string.Join(", ", open.Plan.Plan.Tasks.Take(20).Select(known => known.Id))}");
        var record = await open.ReadLatestAsync(cancellationToken);
        var last = record.Endings
            .Where(ended => ended.Result is not null && (task is null || ended.Ending.Task == task))
            .GroupBy(ended => open.Plan.TaskOf(ended.Ending.Task), (number, ended) => (Number: number, Last: ended.MaxBy(one => one.Ending.Attempt)!))
            .OrderBy(found => found.Number);
        List<ResultDocument> results = [];
        foreach (var (number, ended) in last)
        {
            var kind = open.Plan.Plan.Tasks[number].Agent.Kind;
            var result = await open.Ledger.ReadResultAsync(ended.Ending.Task, ended.Ending.Attempt, kind, cancellationToken);
            if (result?.Digest != ended.Result)
                throw new SealException($"The result of {ended.Ending.Task} is missing, or is not the one that was verified when it ended.");
            results.Add(result!.Value);
        }

        return task is null || results.Count > 0
            ? results
            : throw new UsageException($"Task '{task}' of run '{run}' has no result yet. See where it stands: miyabi status {run}");
    }

    /// <summary>Reads a produced file; its content is checked.</summary>
    internal async Task<ReadOnlyMemory<byte>> ReadArtifactAsync(string sha256, CancellationToken cancellationToken) =>
        await installation.Runs.LedgerOf(run).ReadArtifactAsync(sha256, cancellationToken);
}
