using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Text.Json;
using Miyabi.Core.Activities;
using Miyabi.Core.Agents;
using Miyabi.Core.Ledger;
using Miyabi.Core.Plans;
using Miyabi.Core.Scheduling;

namespace Miyabi.Core.Reuse;

/// <summary>The accepted results of the other runs of a store, by what was asked for: for runs that may take them.</summary>
/// <remarks>
/// The store is looked through once, when the first task asks: a manifest for each run that has ended, the steps of the others. What cannot
/// be verified is passed over. A result is taken only if it is read back whole, with every file, and is the one that was accepted there.
/// </remarks>
internal sealed class EarlierResults(string run, IBlobStore store, Func<string, RunLedger> ledgerOf)
{
    /// <summary>Results that are kept in mind, some 300 bytes each; a store that has more gives up on the rest.</summary>
    internal const int MostKept = 200_000;

    private const int RunsAtOnce = 8;

    private readonly Lock gate = new();
    private Task<ConcurrentDictionary<string, ResultSource>>? looking;

    /// <summary>Takes the result of an earlier task that asked for the same.</summary>
    /// <returns>The result as an agent would have given it, and whose it is; <see langword="null"/>: there is none that holds.</returns>
    /// <exception cref="StoreException">The store cannot be read.</exception>
    internal async Task<(AgentResult Result, ResultSource Source)?> TakeAsync(string key, AgentKind kind, CancellationToken cancellationToken)
    {
        var known = await FindAsync().WaitAsync(cancellationToken);
        return known.TryGetValue(key, out var source) && await ReadAsync(key, source, kind, cancellationToken) is { } result ? (result, source) : null;
    }

    private Task<ConcurrentDictionary<string, ResultSource>> FindAsync()
    {
        lock (gate)
        {
            // For all tasks of the run: it is no single task's to cancel. One that failed is made again.
            if (looking is null || looking.IsFaulted)
                looking = Task.Run(LookAsync);
            return looking;
        }
    }

    private async Task<ConcurrentDictionary<string, ResultSource>> LookAsync()
    {
        var known = new ConcurrentDictionary<string, ResultSource>(StringComparer.Ordinal);
        var options = new ParallelOptions { MaxDegreeOfParallelism = RunsAtOnce };
        await Parallel.ForEachAsync(store.ListFoldersAsync(LedgerPath.Runs, CancellationToken.None), options, async (other, token) =>
        {
            if (other == run || !PlanLimits.IsId(other) || known.Count >= MostKept)
                return;
            foreach (var (key, source) in await AcceptedAsync(other, token))
            {
                // Which of several does not matter, but it should not depend on the order of reading.
                known.AddOrUpdate(key, source, (_, before) => string.CompareOrdinal(source.Run, before.Run) < 0 ? source : before);
            }
        });
        return known;
    }

    private async Task<List<(string Key, ResultSource Source)>> AcceptedAsync(string other, CancellationToken cancellationToken)
    {
        try
        {
            var ledger = ledgerOf(other);
            return await ledger.ReadLastManifestAsync(cancellationToken) is { } manifest
                ? OfManifest(manifest.Value)
                : await OfStepsAsync(ledger, cancellationToken);
        }
        catch (Exception e) when (e is SealException or UntrustedKeyException or StoreException { Fault: StoreFault.TooLarge })
        {
            return []; // what does not hold vouches for nothing
        }
    }

    private static List<(string Key, ResultSource Source)> OfManifest(ManifestDocument manifest) =>
    [
        .. manifest.Tasks
            .Where(task => task is { Outcome: TaskOutcome.Accepted, Key: not null, Result: not null })
            .Select(task => (task.Key!, new ResultSource(manifest.Run, task.Task, task.Attempt, task.Result!))),
    ];

    private static async Task<List<(string Key, ResultSource Source)>> OfStepsAsync(RunLedger ledger, CancellationToken cancellationToken)
    {
        if (await ledger.ReadPlanAsync(cancellationToken) is not { } plan)
            return [];
        var (record, _) = await StepHistory.ReadAsync(ledger, RunRecord.Start(OpenRuns.Compile(plan.Value), plan.Digest), _ => { }, cancellationToken);
        return
        [
            .. record.Accepted.Values
                .Where(accepted => accepted.Key is not null)
                .Select(accepted => (accepted.Key!, new ResultSource(ledger.Run, accepted.Task, accepted.Attempt, accepted.Result))),
        ];
    }

    private async Task<AgentResult?> ReadAsync(string key, ResultSource source, AgentKind kind, CancellationToken cancellationToken)
    {
        try
        {
            var ledger = ledgerOf(source.Run);
            var result = await ledger.ReadResultAsync(source.Task, source.Attempt, kind, cancellationToken);
            if (result?.Digest != source.Result || result.Value is not { Payload: { } payload, Failure: null } value
                || value.Key != key || value.PayloadDigest != LedgerJson.DigestOf(payload))
                return null;
            var files = ImmutableArray.CreateBuilder<AgentFile>(payload.Files.Length);
            foreach (var file in payload.Files)
                files.Add(new AgentFile(file.Path, await ledger.ReadArtifactAsync(file.Sha256, cancellationToken)));
            return new AgentResult { Output = payload.Output, Files = files.MoveToImmutable() };
        }
        catch (Exception e) when (e is SealException or UntrustedKeyException or StoreException { Fault: StoreFault.TooLarge })
        {
            return null; // the task is carried out, as if there were none
        }
    }
}
