using System.Collections.Immutable;
using System.Text.Json;
using Miyabi.Core.Scheduling;

namespace Miyabi.Core.Tests.Scheduling;

/// <summary>What the Scheduler was asked once, and what it decided.</summary>
public sealed record TraceStep(
    DateTimeOffset Now, ImmutableArray<Control> Controls, ImmutableArray<Ending> Endings, ImmutableArray<Decision> Decisions)
{
    /// <summary>All of the step as facts, in the order in which a ledger's reader folds them.</summary>
    public IEnumerable<object> Facts => [.. Controls, .. Endings, .. Decisions];
}

/// <summary>A run that was played to its end.</summary>
public sealed record RunTrace(RunCase Run, ImmutableArray<TraceStep> Steps)
{
    public IEnumerable<Decision> Decisions => Steps.SelectMany(step => step.Decisions);

    public RunOutcome Outcome => Decisions.OfType<FinishDecision>().Last().Outcome;

    public RunFacts AtEnd => RunFacts.Of(Run, Steps.SelectMany(step => step.Facts));

    /// <summary>Looks at the run before every start: the facts so far, the start, and its step.</summary>
    public void BeforeEachStart(Action<RunFacts, StartDecision, TraceStep> look)
    {
        List<object> facts = [];
        foreach (var step in Steps)
        {
            foreach (var fact in step.Facts)
            {
                if (fact is StartDecision start)
                    look(RunFacts.Of(Run, facts), start, step);
                facts.Add(fact);
            }
        }
    }

    /// <summary>Looks at the run after every step.</summary>
    public void AfterEachStep(Action<RunFacts, TraceStep> look)
    {
        List<object> facts = [];
        foreach (var step in Steps)
        {
            facts.AddRange(step.Facts);
            look(RunFacts.Of(Run, facts), step);
        }
    }

    /// <summary>Everything about decisions, to compare: records with lists in them have no equality of their own.</summary>
    public static string Text(IEnumerable<Decision> decisions) =>
        string.Join('\n', decisions.Select(decision => JsonSerializer.Serialize(decision)));
}
