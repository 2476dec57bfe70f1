using System.Collections.Immutable;

namespace Miyabi.Core.Runs;

/// <summary>How a task that has a gate or a review stands with what it last put out.</summary>
/// <param name="Task">The task's id.</param>
/// <param name="Counts">Its last result has passed all checks, so that others may read it.</param>
/// <param name="Checks">What was checked of its attempts, in the order in which it ended.</param>
public sealed record CheckedResult(string Task, bool Counts, ImmutableArray<CheckOutcome> Checks);

/// <summary>A check that has ended.</summary>
/// <param name="Name">Its name, under which its own result can be read: <c>Task-1~review-2</c>.</param>
/// <param name="Accepted">What it came to; <see langword="null"/>: it could not be carried out.</param>
public sealed record CheckOutcome(string Name, bool? Accepted);
