using System.Collections.Immutable;
using Miyabi.Core.Ledger;
using Miyabi.Core.Plans;

namespace Miyabi.Core.Verification;

/// <summary>Where a document says it belongs, and of when it is.</summary>
/// <param name="Run">The run's id.</param>
/// <param name="Paths">Below that run's folder: one, or the two of a result while nobody knows its task's kind.</param>
/// <param name="Dated">When it was made.</param>
internal sealed record DocumentHome(string Run, ImmutableArray<string> Paths, DateTimeOffset Dated)
{
    /// <summary>Reads it out of a document.</summary>
    /// <exception cref="SealException">The document has not the form of its type.</exception>
    internal static DocumentHome Of(SealedDocument document, Func<string, AgentKind?> kindOfTask)
    {
        var bytes = document.Document.Span;
        return document.Type switch
        {
            DocumentTypes.Plan => From<PlanDocument>(bytes, _ => [LedgerPath.Plan]),
            DocumentTypes.Instruction => From<InstructionDocument>(bytes, found => [LedgerPath.Instruction(found.Task, found.Attempt)]),
            DocumentTypes.Claim => From<ClaimDocument>(bytes, found => [LedgerPath.Claim(found.Task, found.Attempt, found.Number)]),
            DocumentTypes.Result => From<ResultDocument>(bytes, found => Result(found, kindOfTask(found.Task))),
            DocumentTypes.Step => From<StepDocument>(bytes, found => [LedgerPath.Step(found.Step)]),
            DocumentTypes.Control => From<ControlDocument>(bytes, found => [LedgerPath.Control(found.Number, RunLedger.NameOf(found.Control.Kind))]),
            DocumentTypes.Owner => From<OwnerDocument>(bytes, found => [LedgerPath.Owner(found.Owner)]),
            DocumentTypes.Manifest => From<ManifestDocument>(bytes, found => [LedgerPath.Manifest(found.Generation)]),
            _ => throw new SealException($"'{document.Type}' is no type of document that is evidence."),
        };
    }

    private static ImmutableArray<string> Result(ResultDocument found, AgentKind? kind) => kind is { } known
        ? [LedgerPath.Result(found.Task, found.Attempt, known)]
        : [LedgerPath.Result(found.Task, found.Attempt, AgentKind.Claude), LedgerPath.Result(found.Task, found.Attempt, AgentKind.Codex)];

    private static DocumentHome From<T>(ReadOnlySpan<byte> bytes, Func<T, ImmutableArray<string>> paths)
        where T : class, IRunDocument
    {
        var value = LedgerJson.Read<T>(bytes);
        return new DocumentHome(value.Run, paths(value), value.Dated);
    }
}
