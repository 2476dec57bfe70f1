using System.Collections.Immutable;
using Miyabi.Core.Json;

namespace Miyabi.Core.Plans;

/// <summary>What is wrong with a value of a file.</summary>
internal sealed record PlanFault(string Code, JsonTree Place, string Message, string Cure, bool AtName);

/// <summary>Gathers what is wrong with a plan, and gives it in the order of the file.</summary>
internal sealed class PlanErrorLog
{
    private const int MaxErrors = 100;

    // More than are reported, as they are not found in the order of the file; bounded, as a plan may be wrong in a million places.
    private const int MaxFaults = 1000;

    private readonly List<PlanFault> _faults = [];
    private readonly List<JsonTreeError> _textErrors = [];

    public bool IsEmpty => _faults.Count == 0 && _textErrors.Count == 0;

    public IReadOnlyList<PlanFault> Faults => _faults;

    public void Add(string code, JsonTree place, string message, string cure, bool atName = false)
    {
        if (_faults.Count < MaxFaults)
            _faults.Add(new(code, place, message, cure, atName));
    }

    public void AddRange(IEnumerable<JsonTreeError> errors) => _textErrors.AddRange(errors);

    /// <summary>All of it, with lines and columns.</summary>
    public ImmutableArray<PlanError> ToErrors(ReadOnlySpan<byte> file)
    {
        var ordered = _faults
            .Select(fault => new JsonTreeError(
                fault.Code, fault.Place.Path, fault.AtName ? fault.Place.NameOffset : fault.Place.Offset, fault.Message, fault.Cure))
            .Concat(_textErrors)
            .OrderBy(error => error.Offset)
            .Take(MaxErrors);
        var errors = ImmutableArray.CreateBuilder<PlanError>();
        var (line, lineStart) = (1, 0);
        foreach (var error in ordered)
        {
            while (file[lineStart..error.Offset].IndexOf((byte)'\n') is >= 0 and var length)
                (line, lineStart) = (line + 1, lineStart + length + 1);
            errors.Add(new(error.Code, error.Path, line, error.Offset - lineStart + 1, error.Message, error.Cure));
        }

        return errors.ToImmutable();
    }
}
