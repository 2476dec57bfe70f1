namespace Miyabi.Core.Agents;

/// <summary>Carries out attempts: one provider's way of turning an instruction into a result.</summary>
/// <remarks>
/// One instance serves many attempts at once. Whatever goes wrong in an attempt is an <see cref="AgentResult"/> with a
/// <see cref="AgentFailure"/>; an exception (other than the cancellation's) is a bug, and is recorded as a failed attempt.
/// When <see cref="RunAsync"/> returns, nothing of the attempt is still at work: no process, no call.
/// </remarks>
public interface IAgent
{
    /// <summary>Does the work of one attempt.</summary>
    /// <param name="request">What to do, with verified inputs.</param>
    /// <param name="progress">Told how far it is; may be called from any thread, and not at all.</param>
    /// <param name="cancellationToken">Set when the task's timeout is over, or the run was cancelled: end the work, then throw.</param>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was set.</exception>
    Task<AgentResult> RunAsync(AgentRequest request, IProgress<AgentProgress> progress, CancellationToken cancellationToken);

    /// <summary>Ends what an earlier runner left at work for an attempt. Called before an attempt that was worked on before is carried out again.</summary>
    /// <remarks>Ends nothing of any other attempt. An agent whose work dies with its runner need not have it.</remarks>
    /// <returns><see langword="null"/>: nothing of it is at work here. Otherwise why that cannot be brought about; the attempt has then failed.</returns>
    Task<AgentFailure?> EndLeftoversAsync(AgentLeftovers leftovers, CancellationToken cancellationToken) => Task.FromResult<AgentFailure?>(null);
}

/// <summary>How far an attempt is.</summary>
/// <param name="Fraction">0 to 1.</param>
/// <param name="Message">A line for people; untrusted text.</param>
public sealed record AgentProgress(double Fraction, string? Message = null);
