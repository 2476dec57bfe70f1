using System.Globalization;
using System.Security.Cryptography;
using Miyabi.Core.Agents;
using Miyabi.Core.Plans;

namespace Miyabi.Core.Ledger;

// The documents by name: which type belongs where, and what makes a document the one that belongs there.
public sealed partial class RunLedger
{
    /// <summary>What was accepted to run.</summary>
    public Task<Verified<PlanDocument>?> ReadPlanAsync(CancellationToken cancellationToken) =>
        ReadAsync<PlanDocument>(LedgerPath.Plan, DocumentTypes.Plan, _ => true, cancellationToken);

    /// <summary>Whether the run's folder has anything in it.</summary>
    internal async Task<bool> HasAnythingAsync(CancellationToken cancellationToken)
    {
        await foreach (var _ in store.ListAsync(folder, cancellationToken))
            return true;
        return false;
    }

    internal Task<string?> CreatePlanAsync(PlanDocument plan, CancellationToken cancellationToken) =>
        CreateAsync(LedgerPath.Plan, DocumentTypes.Plan, plan, cancellationToken);

    internal Task<Verified<InstructionDocument>?> ReadInstructionAsync(string task, int attempt, CancellationToken cancellationToken) =>
        ReadAsync<InstructionDocument>(
            LedgerPath.Instruction(task, attempt), DocumentTypes.Instruction, found => found.Task == task && found.Attempt == attempt, cancellationToken);

    internal Task<(string Digest, Task Flushed)?> BeginCreateInstructionAsync(InstructionDocument instruction, CancellationToken cancellationToken) =>
        BeginCreateAsync(LedgerPath.Instruction(instruction.Task, instruction.Attempt), DocumentTypes.Instruction, instruction, cancellationToken);

    internal Task<Verified<ClaimDocument>?> ReadClaimAsync(string task, int attempt, int number, CancellationToken cancellationToken) =>
        ReadAsync<ClaimDocument>(
            LedgerPath.Claim(task, attempt, number),
            DocumentTypes.Claim,
            found => found.Task == task && found.Attempt == attempt && found.Number == number,
            cancellationToken);

    internal Task<string?> CreateClaimAsync(ClaimDocument claim, CancellationToken cancellationToken) =>
        CreateAsync(LedgerPath.Claim(claim.Task, claim.Attempt, claim.Number), DocumentTypes.Claim, claim, cancellationToken);

    /// <summary>What an attempt came to.</summary>
    public Task<Verified<ResultDocument>?> ReadResultAsync(string task, int attempt, AgentKind kind, CancellationToken cancellationToken) =>
        ReadAsync<ResultDocument>(
            LedgerPath.Result(task, attempt, kind), DocumentTypes.Result, found => found.Task == task && found.Attempt == attempt, cancellationToken);

    /// <summary>The same, with the file as it stands in the store.</summary>
    internal Task<(Verified<ResultDocument> Document, byte[] File)?> ReadResultFileAsync(string task, int attempt, AgentKind kind, CancellationToken cancellationToken) =>
        ReadFileAsync<ResultDocument>(
            LedgerPath.Result(task, attempt, kind), DocumentTypes.Result, found => found.Task == task && found.Attempt == attempt, cancellationToken);

    /// <summary>A step.</summary>
    public Task<Verified<StepDocument>?> ReadStepAsync(int step, CancellationToken cancellationToken) =>
        ReadAsync<StepDocument>(LedgerPath.Step(step), DocumentTypes.Step, found => found.Step == step, cancellationToken);

    internal Task<(string Digest, Task Flushed)?> BeginCreateStepAsync(StepDocument step, CancellationToken cancellationToken) =>
        BeginCreateAsync(LedgerPath.Step(step.Step), DocumentTypes.Step, step, cancellationToken);

    internal Task<Verified<OwnerDocument>?> ReadOwnerAsync(int owner, CancellationToken cancellationToken) =>
        ReadAsync<OwnerDocument>(LedgerPath.Owner(owner), DocumentTypes.Owner, found => found.Owner == owner, cancellationToken);

    internal Task<string?> CreateOwnerAsync(OwnerDocument owner, CancellationToken cancellationToken) =>
        CreateAsync(LedgerPath.Owner(owner.Owner), DocumentTypes.Owner, owner, cancellationToken);

    /// <summary>The whole of the run, of a generation.</summary>
    public Task<Verified<ManifestDocument>?> ReadManifestAsync(int generation, CancellationToken cancellationToken) =>
        ReadAsync<ManifestDocument>(
            LedgerPath.Manifest(generation), DocumentTypes.Manifest, found => found.Generation == generation, cancellationToken);

    private Task<(Verified<ManifestDocument> Document, byte[] File)?> ReadManifestFileAsync(int generation, CancellationToken cancellationToken) =>
        ReadFileAsync<ManifestDocument>(
            LedgerPath.Manifest(generation), DocumentTypes.Manifest, found => found.Generation == generation, cancellationToken);

    /// <summary>The whole of the run, of its last generation.</summary>
    /// <returns>The manifest; <see langword="null"/> if the run has not ended, or was taken up again since.</returns>
    public async Task<Verified<ManifestDocument>?> ReadLastManifestAsync(CancellationToken cancellationToken) =>
        await LastManifestAsync(cancellationToken) is (var manifest, _) ? manifest : null;

    /// <summary>The same as the file that stands in the store.</summary>
    public async Task<byte[]?> ReadLastManifestFileAsync(CancellationToken cancellationToken) =>
        await LastManifestAsync(cancellationToken) is (_, var file) ? file : null;

    private async Task<(Verified<ManifestDocument> Manifest, byte[] File)?> LastManifestAsync(CancellationToken cancellationToken)
    {
        for (var generation = 1; await ReadManifestFileAsync(generation, cancellationToken) is (var manifest, var file); generation++)
        {
            var last = manifest.Value.Documents.Count(entry => entry.Path.StartsWith(LedgerPath.Steps, StringComparison.Ordinal));
            if (!await StepHistory.IsStepAsync(this, last + 1, cancellationToken))
                return (manifest, file);
        }

        return null;
    }

    internal Task<string?> CreateManifestAsync(ManifestDocument manifest, CancellationToken cancellationToken) =>
        CreateAsync(LedgerPath.Manifest(manifest.Generation), DocumentTypes.Manifest, manifest, cancellationToken);

    internal Task<string?> CreateControlAsync(ControlDocument control, CancellationToken cancellationToken) =>
        CreateAsync(LedgerPath.Control(control.Number, NameOf(control.Control.Kind)), DocumentTypes.Control, control, cancellationToken);

    /// <summary>Controls that are not among those given, by number and then by kind. What is none is passed over.</summary>
    /// <remarks>
    /// A number orders; number and kind together name. Two front doors that take a number at the same time both get their control through: had they
    /// only the number between them, the reader could be past it before the second of them wrote.
    /// </remarks>
    /// <param name="taken">Paths of those that are not asked for.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <param name="putAside">Puts aside what is no control: for the runner alone. Others may trust fewer keys than it does, and only look.</param>
    internal async Task<List<Verified<ControlDocument>>> ReadControlsAsync(
        IReadOnlySet<string> taken, CancellationToken cancellationToken, bool putAside = false)
    {
        List<Verified<ControlDocument>> controls = [];
        foreach (var (number, path) in await ListControlsAsync(cancellationToken))
        {
            if (!taken.Contains(path) && await ReadControlAsync(number, path, putAside, cancellationToken) is { } control)
                controls.Add(control);
        }

        return controls;
    }

    /// <summary>What stands where controls belong, by number and then by kind.</summary>
    private async Task<List<(int Number, string Path)>> ListControlsAsync(CancellationToken cancellationToken)
    {
        List<(int Number, string Path)> found = [];
        await foreach (var blob in store.ListAsync(folder + LedgerPath.Controls, cancellationToken))
        {
            var path = blob.Name[folder.Length..];
            var name = path[LedgerPath.Controls.Length..];
            var dash = name.IndexOf('-', StringComparison.Ordinal);
            if (dash > 0 && int.TryParse(name.AsSpan(0, dash), NumberStyles.None, CultureInfo.InvariantCulture, out var number))
                found.Add((number, path));
        }

        return [.. found.OrderBy(item => item.Number).ThenBy(item => item.Path, StringComparer.Ordinal)];
    }

    // What is no control must neither be believed nor keep the run from going on.
    private async Task<Verified<ControlDocument>?> ReadControlAsync(int number, string path, bool putAside, CancellationToken cancellationToken)
    {
        try
        {
            return await ReadAsync<ControlDocument>(
                path,
                DocumentTypes.Control,
                document => document.Number == number && LedgerPath.Control(number, NameOf(document.Control.Kind)) == path,
                cancellationToken);
        }
        catch (Exception e) when (e is SealException or UntrustedKeyException)
        {
            if (putAside)
                await QuarantineAsync(path, cancellationToken);
            return null;
        }
    }

    /// <summary>The name of a kind of control in file names.</summary>
    internal static string NameOf(Scheduling.ControlKind kind) => kind switch
    {
        Scheduling.ControlKind.RaiseBudget => "raise-budget",
        _ => kind.ToString().ToLowerInvariant(),
    };

    /// <summary>Keeps a produced file by its content. Other bytes that stand under its name are put aside.</summary>
    internal async Task<ArtifactReference> CreateArtifactAsync(AgentFile file, CancellationToken cancellationToken)
    {
        var sha256 = Convert.ToHexStringLower(SHA256.HashData(file.Content.Span));
        while (true)
        {
            if (await store.BeginCreateAsync(folder + LedgerPath.Artifact(sha256), file.Content, cancellationToken) is { } flushed)
            {
                await flushed;
                break;
            }

            if (await HasArtifactAsync(sha256, cancellationToken))
                break;
            await QuarantineAsync(LedgerPath.Artifact(sha256), cancellationToken);
        }

        return new ArtifactReference(file.Path, sha256, file.Content.Length);
    }

    private async Task<bool> HasArtifactAsync(string sha256, CancellationToken cancellationToken)
    {
        try
        {
            await ReadArtifactAsync(sha256, cancellationToken);
            return true;
        }
        catch (Exception e) when (e is SealException or StoreException { Fault: StoreFault.TooLarge })
        {
            return false;
        }
    }

    /// <summary>Reads a produced file and checks its content against its name.</summary>
    /// <exception cref="SealException">It is missing, or its content is another.</exception>
    public async Task<ReadOnlyMemory<byte>> ReadArtifactAsync(string sha256, CancellationToken cancellationToken) =>
        await FindArtifactAsync(sha256, cancellationToken)
            ?? throw new SealException($"{LedgerPath.Artifact(sha256)} is missing.") { Document = LedgerPath.Artifact(sha256) };

    /// <summary>The same.</summary>
    /// <returns><see langword="null"/> if there is none of the name.</returns>
    /// <exception cref="SealException">Its content is another than its name says.</exception>
    public async Task<ReadOnlyMemory<byte>?> FindArtifactAsync(string sha256, CancellationToken cancellationToken)
    {
        if (sha256.Length != 64 || !sha256.All(char.IsAsciiHexDigitLower))
            throw new SealException($"'{sha256}' is no SHA-256.");
        if (await store.ReadAsync(folder + LedgerPath.Artifact(sha256), AgentLimits.MaxFileBytes, cancellationToken) is not { } content)
            return null;
        return Convert.ToHexStringLower(SHA256.HashData(content)) == sha256
            ? content
            : throw new SealException($"{LedgerPath.Artifact(sha256)} was altered: its content is not what its name says.") { Document = LedgerPath.Artifact(sha256) };
    }

    internal Task<Verified<LeaseDocument>?> ReadLeaseAsync(string path, CancellationToken cancellationToken) =>
        ReadAsync<LeaseDocument>(path, DocumentTypes.Lease, _ => true, cancellationToken);

    internal async Task ReplaceLeaseAsync(string path, LeaseDocument lease, CancellationToken cancellationToken)
    {
        var document = await sealer.SealAsync(DocumentTypes.Lease, lease, cancellationToken);
        await store.ReplaceAsync(folder + path, document.File, cancellationToken);
    }

    internal Task DeleteLeaseAsync(string path, CancellationToken cancellationToken) => store.DeleteAsync(folder + path, cancellationToken);
}
