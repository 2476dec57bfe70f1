using Miyabi.Core.Plans;
using Miyabi.Storage.Directories;

namespace Miyabi.Bench;

/// <summary>Which store.</summary>
internal enum StoreKind
{
    Memory,
    Directory,
    Azurite,
}

/// <summary>Who watches a run while it is measured.</summary>
internal enum Audience
{
    /// <summary>Nobody.</summary>
    None,

    /// <summary>Events are written, as <c>miyabi run</c> writes them.</summary>
    Events,

    /// <summary>Events, and the live picture on a terminal of 80 columns and 24 rows that throws away what it is given.</summary>
    View,
}

/// <summary>What is measured.</summary>
internal enum Subject
{
    /// <summary>A run, from its plan to its manifest.</summary>
    Run,

    /// <summary>Many runs at once in one process and store.</summary>
    Many,

    /// <summary>Runs with events and the live view, in turn with runs without.</summary>
    Watching,

    /// <summary>Reading, validating and scheduling a plan; no store.</summary>
    Plan,

    /// <summary>Proving a run.</summary>
    Verify,

    /// <summary>Commands as processes, on a store of many runs.</summary>
    Commands,

    /// <summary>The store's own client, with the puts and gets that a run cannot do without.</summary>
    Client,
}

/// <summary>A measurement that was asked for.</summary>
internal sealed record BenchOptions
{
    internal required Subject Subject { get; init; }

    internal required Shape Shape { get; init; }

    internal required StoreKind Store { get; init; }

    internal required Schedule Schedule { get; init; }

    internal required Durability Durability { get; init; }

    internal required Audience Audience { get; init; }

    /// <summary>Measured, after one that is not.</summary>
    internal required int Repeats { get; init; }

    /// <summary>Runs at once, or in the store.</summary>
    internal required int Runs { get; init; }

    /// <summary>Where directory stores are made.</summary>
    internal required string Folder { get; init; }
}
