namespace Miyabi.Cli.Doctor;

/// <summary>Looks whether one thing that a run needs is there. Makes nothing that stays.</summary>
internal interface ICheck
{
    /// <summary>Looks.</summary>
    /// <returns>What was found; nothing where the question does not arise.</returns>
    Task<IReadOnlyList<CheckResult>> RunAsync(CancellationToken cancellationToken);
}

/// <summary>How a thing stands.</summary>
internal enum CheckState
{
    /// <summary>It is there.</summary>
    Ok,

    /// <summary>A run may do with it, and somebody should look.</summary>
    Warning,

    /// <summary>A run needs it, and it is not there or cannot be used.</summary>
    Missing,
}

/// <summary>What a check found.</summary>
/// <param name="Name">What was looked at, in a word or two.</param>
/// <param name="State">How it stands.</param>
/// <param name="Found">What was found; may hold names that others chose.</param>
/// <param name="Cure">What to do; <see langword="null"/> where nothing is to be done.</param>
internal sealed record CheckResult(string Name, CheckState State, string Found, string? Cure = null)
{
    internal static CheckResult Ok(string name, string found) => new(name, CheckState.Ok, found);

    internal static CheckResult Warning(string name, string found, string cure) => new(name, CheckState.Warning, found, cure);

    internal static CheckResult Missing(string name, string found, string cure) => new(name, CheckState.Missing, found, cure);
}
