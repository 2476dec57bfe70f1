using System.Collections.Immutable;

namespace Miyabi.Cli.Doctor;

/// <summary><c>doctor --json</c>.</summary>
internal sealed record DoctorJson
{
    public string Contract { get; } = "miyabi.doctor/1";

    public required bool Well { get; init; }

    public required ImmutableArray<CheckResult> Checks { get; init; }

    public required ImmutableArray<LeftoverJson> Leftovers { get; init; }

    public required long LeftoverBytes { get; init; }

    public required long RemovedBytes { get; init; }

    public required ImmutableArray<Unreadable> Unreadable { get; init; }

    internal static DoctorJson Of(Diagnosis diagnosis) => new()
    {
        Well = diagnosis.IsWell,
        Checks = diagnosis.Checks,
        Leftovers = [.. diagnosis.Leftovers.Select(found => new LeftoverJson(found.Kind, found.Run, found.Name, found.Since, found.Bytes, found.State, found.KeptFor))],
        LeftoverBytes = diagnosis.Leftovers.Where(found => found.State != LeftoverState.Removed).Sum(found => found.Bytes),
        RemovedBytes = diagnosis.Leftovers.Where(found => found.State == LeftoverState.Removed).Sum(found => found.Bytes),
        Unreadable = diagnosis.Unreadable,
    };
}

/// <summary>A leftover.</summary>
internal sealed record LeftoverJson(LeftoverKind Kind, string? Run, string Name, DateTimeOffset? Since, long Bytes, LeftoverState State, string? KeptFor);
