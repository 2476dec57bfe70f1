namespace Miyabi.Core.FrontDoor;

/// <summary>What a front door can take, and what it calls things in what it says to people. As it is: what the command line does.</summary>
public sealed record AcceptanceTerms
{
    /// <summary>The longest timeout that a task may have where it is carried out; <see langword="null"/>: any. Default: any.</summary>
    public TimeSpan? LongestTask { get; init; }

    /// <summary>How to make <see cref="LongestTask"/> longer, for people.</summary>
    public string LongerTasks { get; init; } = "";

    /// <summary>Where the number of tasks at work is asked for.</summary>
    public string MaxParallel { get; init; } = "--max-parallel";

    /// <summary>Where the speed of simulated work is asked for.</summary>
    public string Speed { get; init; } = "--speed";

    /// <summary>How to give a provider for a kind of agent, from the kind's name.</summary>
    public Func<string, string> GiveProvider { get; init; } = kind => $"--agent {kind}=PROVIDER (e.g. --agent {kind}=simulated)";
}
