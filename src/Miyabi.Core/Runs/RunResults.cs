using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Miyabi.Core.Activities;
using Miyabi.Core.Ledger;
using Miyabi.Core.Plans;

namespace Miyabi.Core.Runs;

/// <summary>A run has no task of a name, or the task has no result yet.</summary>
/// <param name="problem">What is wrong and what there is.</param>
public sealed class NoResultException(string problem) : Exception(problem);

/// <summary>Reads what the tasks of a run put out: the results that its steps speak of, and no others. Writes nothing.</summary>
/// <param name="run">The run.</param>
public sealed class RunResults(OpenRun run)
{
    private const int ReadsAtOnce = 16;

    private string Id => run.Plan.RunId;

    /// <summary>The last result of each task that has one, in the plan's order; or of one task alone.</summary>
    /// <exception cref="NoResultException">There is no such task, or it has no result yet.</exception>
    /// <exception cref="SealException">A result is missing, or is not the one that a step names.</exception>
    /// <exception cref="StoreException">The store could not be read.</exception>
    public async Task<IReadOnlyList<ResultDocument>> ReadAsync(string? task, CancellationToken cancellationToken)
    {
        var last = await LastAsync(task, cancellationToken);
        return await ReadAsync(last, cancellationToken);
    }

    /// <summary>The last result of each task that has one, in the plan's order, without those that a gate or a review has not let pass.</summary>
    /// <inheritdoc cref="ReadAsync(string?, CancellationToken)" path="/exception"/>
    public async Task<IReadOnlyList<ResultDocument>> CountingAsync(CancellationToken cancellationToken)
    {
        var record = await run.ReadLatestAsync(cancellationToken);
        return await ReadAsync([.. Last(record, null).Where(found => Counts(record, found))], cancellationToken);
    }

    /// <summary>How the tasks that have a gate or a review stand with their last result, in the plan's order; those without a result are left out.</summary>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="StoreException">The store could not be read.</exception>
    public async Task<ImmutableArray<CheckedResult>> CheckedAsync(CancellationToken cancellationToken)
    {
        var record = await run.ReadLatestAsync(cancellationToken);
        var checks = record.Endings.Where(ended => StageName.Parse(ended.Ending.Task) is not null)
            .ToLookup(ended => run.Plan.StageOf(ended.Ending.Task).Task, ended => new CheckOutcome(ended.Ending.Task, ended.Ending.Verdict?.Accepted));
        return [.. Last(record, null).Where(found => run.Plan.IsChecked(found.Number))
            .Select(found => new CheckedResult(found.Ended.Ending.Task, Counts(record, found), [.. checks[found.Number]]))];
    }

    private bool Counts(RunRecord record, (int Number, StepEnding Ended) last) =>
        !run.Plan.IsChecked(last.Number) || record.Accepted.GetValueOrDefault(last.Number)?.Result == last.Ended.Result;

    /// <summary>The last results of the tasks that come after one in the plan's order, a few in memory at a time.</summary>
    /// <param name="after">The task's id; <see langword="null"/>: from the first on.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <inheritdoc cref="ReadAsync(string?, CancellationToken)" path="/exception"/>
    public async IAsyncEnumerable<ResultDocument> AfterAsync(string? after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var from = after is null ? -1 : NumberOf(after);
        var all = await LastAsync(null, cancellationToken);
        foreach (var some in all.Where(found => found.Number > from).Chunk(ReadsAtOnce))
        {
            foreach (var result in await ReadAsync(some, cancellationToken))
                yield return result;
        }
    }

    /// <summary>A task's last result as it stands in the store, sealed; verified, and held against the step that names it.</summary>
    /// <inheritdoc cref="ReadAsync(string?, CancellationToken)" path="/exception"/>
    public async Task<byte[]> FileAsync(string task, CancellationToken cancellationToken)
    {
        var (_, ended) = (await LastAsync(task, cancellationToken))[0];
        var found = await run.Ledger.ReadResultFileAsync(task, ended.Ending.Attempt, run.Plan.KindOf(task), cancellationToken);
        return found?.Document.Digest == ended.Result ? found!.Value.File : throw Wrong(ended);
    }

    private async Task<IReadOnlyList<ResultDocument>> ReadAsync(IReadOnlyList<(int Number, StepEnding Ended)> last, CancellationToken cancellationToken)
    {
        var results = new ResultDocument[last.Count];
        var options = new ParallelOptions { MaxDegreeOfParallelism = ReadsAtOnce, CancellationToken = cancellationToken };
        await Parallel.ForAsync(0, results.Length, options, async (i, token) => results[i] = await ReadAsync(last[i], token));
        return results;
    }

    private async Task<ResultDocument> ReadAsync((int Number, StepEnding Ended) last, CancellationToken cancellationToken)
    {
        var ended = last.Ended;
        var result = await run.Ledger.ReadResultAsync(ended.Ending.Task, ended.Ending.Attempt, run.Plan.KindOf(ended.Ending.Task), cancellationToken);
        return result?.Digest == ended.Result ? result!.Value : throw Wrong(ended);
    }

    private async Task<List<(int Number, StepEnding Ended)>> LastAsync(string? task, CancellationToken cancellationToken)
    {
        if (task is not null)
            NumberOf(task);
        var last = Last(await run.ReadLatestAsync(cancellationToken), task);
        return task is null || last.Count > 0
            ? last
            : throw new NoResultException($"Task '{task}' of run '{Id}' has no result yet. See where it stands: miyabi status {Id}");
    }

    private List<(int Number, StepEnding Ended)> Last(RunRecord record, string? task) =>
    [
        .. record.Endings
            .Where(ended => ended.Result is not null && (task is null ? run.Plan.TryTaskOf(ended.Ending.Task, out _) : ended.Ending.Task == task))
            .GroupBy(ended => run.Plan.StageOf(ended.Ending.Task).Task, (number, ended) => (Number: number, Last: ended.MaxBy(one => one.Ending.Attempt)!))
            .OrderBy(found => found.Number),
    ];

    private int NumberOf(string task) => run.Plan.TryStageOf(task, out var stage)
        ? stage.Task
        : throw new NoResultException($"Run '{Id}' has no task '{task}'. It has: {string.Join(", ", run.Plan.Plan.Tasks.Take(20).Select(known => known.Id))}");

    private SealException Wrong(StepEnding ended) =>
        new($"The result of {ended.Ending.Task} is missing, or is not the one that was verified when it ended.")
        {
            Document = LedgerPath.Result(ended.Ending.Task, ended.Ending.Attempt, run.Plan.KindOf(ended.Ending.Task)),
        };
}
