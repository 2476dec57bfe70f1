using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Miyabi.Core.Ledger;

namespace Miyabi.Core.Plans;

/// <summary>What the <c>simulated</c> provider does for a task. Without it: 1 s of work, then success.</summary>
public sealed record SimulatedSettings
{
    /// <summary>How long an attempt works, 0 to 24 h; the run's <c>--speed</c> divides it. 1 s unless said.</summary>
    public TimeSpan Work { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Paths of files to produce, each with a short deterministic text; they must match the task's <c>writes</c>.</summary>
    public ImmutableArray<string> Files { get; init; } = [];

    /// <summary>What happens instead of success in the first attempts: entry n-1 in attempt n. After the last, attempts succeed. At most 20.</summary>
    public ImmutableArray<SimulatedFault> Faults { get; init; } = [];

    /// <summary>The output as JSON text; <see langword="null"/> has one made from the task.</summary>
    public string? Output { get; init; }

    /// <summary>Tokens that an attempt says it used, input and output each, 0 to 1,000,000,000,000; 0 unless said.</summary>
    public long Tokens { get; init; }

    /// <summary>US dollars that an attempt says it cost, 0 to 1,000,000,000; 0 unless said.</summary>
    public decimal CostUsd { get; init; }
}

/// <summary>A simulated attempt that does not succeed.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<SimulatedFault>))]
public enum SimulatedFault
{
    /// <summary>Succeeds after all: a place holder between faults.</summary>
    None,

    /// <summary>Works, then fails with a retryable failure.</summary>
    Fail,

    /// <summary>Fails with a failure that retrying does not cure.</summary>
    Refuse,

    /// <summary>Says at once that it is rate limited, to be tried again in 1 s (divided by speed).</summary>
    RateLimit,

    /// <summary>Never ends: the task's timeout, or a cancel, ends it.</summary>
    Hang,

    /// <summary>Answers what no schema allows and produces a file it may not write.</summary>
    Garbage,

    /// <summary>Throws, as an agent with a bug would.</summary>
    Crash,
}

/// <summary>A program to start: by an argument list, never through a shell.</summary>
/// <remarks>
/// In <see cref="Run"/> and <see cref="Arguments"/> these stand for what they name: <c>${input.NAME}</c> (a path given to the run),
/// <c>${plan.dir}</c> (the plan file's folder), <c>${workspace}</c> (the attempt's own folder, also its working directory).
/// </remarks>
public sealed record CommandSettings
{
    /// <summary>The program and its first arguments. A task's own replaces its agent's.</summary>
    public ImmutableArray<string> Run { get; init; } = [];

    /// <summary>Further arguments, after <see cref="Run"/>.</summary>
    public ImmutableArray<string> Arguments { get; init; } = [];

    /// <summary>What standard output is; JSON unless said. A file <c>result.json</c> in the workspace goes before either.</summary>
    public CommandOutput? Output { get; init; }

    /// <summary>Variables set for the program.</summary>
    public ImmutableSortedDictionary<string, string> Environment { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>Names of variables of the runner's own environment that the program gets too, besides the few it always gets. None begins with <c>MIYABI_</c> or is a key for models: those are the installation's settings.</summary>
    public ImmutableArray<string> PassEnvironment { get; init; } = [];
}

/// <summary>What a program's standard output is.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<CommandOutput>))]
public enum CommandOutput
{
    /// <summary>One JSON value, the output.</summary>
    Json,

    /// <summary>Text in UTF-8; the output is <c>{ "text": ... }</c>.</summary>
    Text,
}
