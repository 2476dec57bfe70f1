using System.Collections.Immutable;
using Miyabi.Core.Agents;
using Miyabi.Core.Ledger;
using Miyabi.Core.Scheduling;

namespace Miyabi.Core.Activities;

/// <summary>The right to work on an attempt: the instruction document is the claim, further claims take it over, a lease extends whichever is the last.</summary>
/// <param name="Instruction">The instruction, as it stands in the ledger.</param>
/// <param name="Digest">Its digest.</param>
/// <param name="Id">This claim's id.</param>
/// <param name="TakeOvers">Digests of the claims by which the attempt was taken over, the last of them this one's, if there are any.</param>
internal sealed record AttemptClaim(InstructionDocument Instruction, string Digest, string Id, ImmutableArray<string> TakeOvers)
{
    /// <summary>
    /// Ends when the instruction outlasts a crash of the machine. The agent need not wait for it: without an instruction after such a crash the
    /// attempt is carried out again, as it is with one. The result must: it would answer an instruction that is not there.
    /// </summary>
    internal Task Flushed { get; init; } = Task.CompletedTask;

    /// <summary>What a former holder may have left at work; <see langword="null"/>: there was none.</summary>
    internal AgentLeftovers? Leftovers { get; init; }

    /// <summary>How long a claim or a lease holds without being renewed: three times the pace of renewals.</summary>
    internal static readonly TimeSpan Term = TimeSpan.FromSeconds(60);

    /// <summary>The pace of renewals.</summary>
    internal static readonly TimeSpan Renewal = TimeSpan.FromSeconds(20);

    /// <summary>The pace at which a duplicate looks whether the attempt has ended.</summary>
    internal static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(250);
}

/// <summary>Claims attempts. Of any number of deliveries of one attempt, one works; the others wait for its outcome, or for its claim to lapse.</summary>
internal sealed class AttemptClaims(RunLedger ledger, TimeProvider clock)
{
    /// <summary>Claims an attempt.</summary>
    /// <param name="start">What was decided.</param>
    /// <param name="wanted">The instruction to write if there is none; its claim is this caller's.</param>
    /// <param name="hasEnded">Whether the attempt has an outcome.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The claim; <see langword="null"/>: the attempt has ended meanwhile.</returns>
    /// <exception cref="SupersededException">A newer owner's worker has the claim.</exception>
    internal async Task<AttemptClaim?> AcquireAsync(
        StartDecision start, InstructionDocument wanted, Func<Task<bool>> hasEnded, CancellationToken cancellationToken)
    {
        if (await CreateAsync(wanted, cancellationToken) is { } first)
            return first;
        while (true)
        {
            if (await hasEnded())
                return null;
            if (await ReadInstructionAsync(start, cancellationToken) is not { } instruction)
            {
                if (await CreateAsync(wanted, cancellationToken) is { } claimed)
                    return claimed with { Leftovers = await LeftoversAsync(start, cancellationToken) };
                continue;
            }

            var (last, takeOvers) = await LastClaimAsync(instruction.Value, cancellationToken);
            if (last.Owner > wanted.Claim.Owner)
                throw new SupersededException(ledger.Run);
            if (await MayStillWorkAsync(last, wanted.Claim, cancellationToken) && !await HasLapsedAsync(start, last, cancellationToken))
            {
                await Task.Delay(AttemptClaim.Poll, clock, cancellationToken);
                continue;
            }

            var now = clock.GetUtcNow();
            var claim = new ClaimDocument
            {
                Run = ledger.Run,
                Task = start.Task,
                Attempt = start.Attempt,
                Number = takeOvers.Length + 1,
                At = now,
                Claim = wanted.Claim with { Until = now + AttemptClaim.Term },
            };
            if (await ledger.CreateClaimAsync(claim, cancellationToken) is not { } digest)
                continue;
            // The former holder may have come to its end after all, just before it lost the attempt: that outcome stands.
            return await hasEnded() ? null : new AttemptClaim(instruction.Value, instruction.Digest, claim.Claim.Id, takeOvers.Add(digest))
            {
                Leftovers = await LeftoversAsync(start, cancellationToken),
            };
        }
    }

    // An older owner that was a process has stopped, or is dead: that is why there is a newer one. An engine's instance is neither its workers nor
    // their end, and what they do is as good as ever: it is waited for.
    private async Task<bool> MayStillWorkAsync(Claim last, Claim wanted, CancellationToken cancellationToken) =>
        last.Owner == wanted.Owner || (await Ownership.ReadAsync(ledger, last.Owner, cancellationToken))?.Instance is not null;

    private async Task<AttemptClaim?> CreateAsync(InstructionDocument wanted, CancellationToken cancellationToken) =>
        await ledger.BeginCreateInstructionAsync(wanted, cancellationToken) is var (digest, flushed)
            ? new AttemptClaim(wanted, digest, wanted.Claim.Id, []) { Flushed = flushed }
            : null;

    /// <summary>Extends a claim.</summary>
    /// <param name="claim">The claim.</param>
    /// <param name="process">The process that carries the attempt out, or the former holder's as long as that may be at work.</param>
    /// <param name="cancellationToken">Ends the writing.</param>
    /// <returns><see langword="false"/>: another has taken the attempt over; stop.</returns>
    internal async Task<bool> RenewAsync(AttemptClaim claim, AgentProcess? process, CancellationToken cancellationToken)
    {
        var (task, attempt) = (claim.Instruction.Task, claim.Instruction.Attempt);
        if (await ledger.ReadClaimAsync(task, attempt, claim.TakeOvers.Length + 1, cancellationToken) is not null)
            return false;
        var lease = new LeaseDocument { Run = ledger.Run, Holder = claim.Id, Until = clock.GetUtcNow() + AttemptClaim.Term, Process = process };
        await ledger.ReplaceLeaseAsync(LedgerPath.AttemptLease(task, attempt), lease, cancellationToken);
        return true;
    }

    private async Task<Verified<InstructionDocument>?> ReadInstructionAsync(StartDecision start, CancellationToken cancellationToken)
    {
        try
        {
            var found = await ledger.ReadInstructionAsync(start.Task, start.Attempt, cancellationToken);
            // An instruction for another agent comes from a step that did not come to stand: nobody may follow it.
            return found is null || found.Value.Agent == start.Agent
                ? found
                : throw new SealException($"It is for agent '{found.Value.Agent}', not for '{start.Agent}'.");
        }
        catch (Exception e) when (e is SealException or UntrustedKeyException)
        {
            await ledger.QuarantineAsync(LedgerPath.Instruction(start.Task, start.Attempt), cancellationToken);
            return null;
        }
    }

    /// <summary>The claim that holds now, and the digests of those by which the attempt was taken over. What is no claim is put aside.</summary>
    internal async Task<(Claim Last, ImmutableArray<string> TakeOvers)> LastClaimAsync(InstructionDocument instruction, CancellationToken cancellationToken)
    {
        var last = instruction.Claim;
        var takeOvers = ImmutableArray<string>.Empty;
        while (true)
        {
            var number = takeOvers.Length + 1;
            try
            {
                if (await ledger.ReadClaimAsync(instruction.Task, instruction.Attempt, number, cancellationToken) is not { } next)
                    return (last, takeOvers);
                last = next.Value.Claim;
                takeOvers = takeOvers.Add(next.Digest);
            }
            catch (Exception e) when (e is SealException or UntrustedKeyException)
            {
                await ledger.QuarantineAsync(LedgerPath.Claim(instruction.Task, instruction.Attempt, number), cancellationToken);
                return (last, takeOvers);
            }
        }
    }

    private async Task<bool> HasLapsedAsync(StartDecision start, Claim claim, CancellationToken cancellationToken)
    {
        var lease = await ReadLeaseAsync(start, cancellationToken);
        return clock.GetUtcNow() > (lease?.Holder == claim.Id && lease.Until > claim.Until ? lease.Until : claim.Until);
    }

    // Whoever wrote the last lease: one that was taken over before it started anything has written its own predecessor's process again, or nothing.
    private async Task<AgentLeftovers> LeftoversAsync(StartDecision start, CancellationToken cancellationToken) =>
        new(ledger.Run, start.Task, start.Attempt, (await ReadLeaseAsync(start, cancellationToken))?.Process);

    // A lease that cannot be trusted extends nothing and names nothing.
    private async Task<LeaseDocument?> ReadLeaseAsync(StartDecision start, CancellationToken cancellationToken)
    {
        try
        {
            return (await ledger.ReadLeaseAsync(LedgerPath.AttemptLease(start.Task, start.Attempt), cancellationToken))?.Value;
        }
        catch (Exception e) when (e is SealException or UntrustedKeyException)
        {
            return null;
        }
    }
}
