using Miyabi.Core.Ledger;
using Miyabi.Core.Runs;

namespace Miyabi.Cli;

/// <summary>Reads the results of a run that its steps speak of, and believes no others.</summary>
internal sealed class ResultLookup(Installation installation, string run)
{
    /// <summary>The run's id.</summary>
    internal string Run => run;

    /// <inheritdoc cref="RunResults.ReadAsync(string?, CancellationToken)"/>
    /// <exception cref="UsageException">There is no such task, or it has no result yet.</exception>
    internal async Task<IReadOnlyList<ResultDocument>> ReadAsync(string? task, CancellationToken cancellationToken)
    {
        try
        {
            return await new RunResults(await installation.Runs.GetAsync(run, cancellationToken)).ReadAsync(task, cancellationToken);
        }
        catch (NoResultException e)
        {
            throw new UsageException(e.Message);
        }
    }

    /// <inheritdoc cref="RunResults.CountingAsync(CancellationToken)"/>
    internal async Task<IReadOnlyList<ResultDocument>> CountingAsync(CancellationToken cancellationToken) =>
        await new RunResults(await installation.Runs.GetAsync(run, cancellationToken)).CountingAsync(cancellationToken);

    /// <inheritdoc cref="RunResults.CheckedAsync(CancellationToken)"/>
    internal async Task<IReadOnlyList<CheckedResult>> CheckedAsync(CancellationToken cancellationToken) =>
        await new RunResults(await installation.Runs.GetAsync(run, cancellationToken)).CheckedAsync(cancellationToken);

    /// <summary>Reads a produced file; its content is checked.</summary>
    internal async Task<ReadOnlyMemory<byte>> ReadArtifactAsync(string sha256, CancellationToken cancellationToken) =>
        await installation.Runs.LedgerOf(run).ReadArtifactAsync(sha256, cancellationToken);
}
