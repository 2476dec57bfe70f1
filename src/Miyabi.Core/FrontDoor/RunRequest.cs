using System.Collections.Immutable;
using Miyabi.Core.Plans;

namespace Miyabi.Core.FrontDoor;

/// <summary>What somebody asks for who sends a plan to be carried out.</summary>
/// <param name="Reading">The plan, or everything that is wrong with what was sent.</param>
/// <param name="RunId">The run's id; <see langword="null"/>: one is to be made.</param>
/// <param name="Wish">What is said beside the plan.</param>
public sealed record RunRequest(PlanReading Reading, string? RunId, RunWish Wish)
{
    /// <summary>What is wrong, in the order of the text, at most 100 of it.</summary>
    public ImmutableArray<PlanError> Errors => Reading.Errors;
}
