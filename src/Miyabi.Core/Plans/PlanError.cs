using System.Collections.Immutable;

namespace Miyabi.Core.Plans;

/// <summary>One thing wrong with a plan, and where.</summary>
/// <param name="Code">A stable name for programs, e.g. <c>unknownField</c>.</param>
/// <param name="Path">The place as a JSON path, e.g. <c>$.tasks[3].dependsOn[0]</c>.</param>
/// <param name="Line">Counted from 1; 0 where the file as a whole is meant.</param>
/// <param name="Column">In UTF-8 bytes, counted from 1; 0 where the file as a whole is meant.</param>
/// <param name="Message">What is wrong, in a sentence.</param>
/// <param name="Cure">What to do, in a sentence.</param>
public sealed record PlanError(string Code, string Path, int Line, int Column, string Message, string Cure)
{
    /// <summary>The error on one line: <c>line:column path: message cure</c>.</summary>
    public override string ToString() => $"{Line}:{Column} {Path}: {Message} {Cure}";
}

/// <summary>What came of reading a plan: the plan, or everything that is wrong with it.</summary>
/// <param name="Plan">The plan; <see langword="null"/> exactly when there are errors.</param>
/// <param name="Errors">What is wrong, in the order of the file, at most 100 of them.</param>
/// <param name="Json">The plan as JSON text in this product's own format (an imported task queue is already translated); empty when there are errors.</param>
public sealed record PlanReading(Plan? Plan, ImmutableArray<PlanError> Errors, ReadOnlyMemory<byte> Json);
