using System.Runtime.InteropServices;

namespace Miyabi.Cli.Doctor;

/// <summary>The .NET runtime that this command runs on, and so would a run.</summary>
internal sealed class RuntimeCheck(Version version) : ICheck
{
    private const int Needed = 10;

    public Task<IReadOnlyList<CheckResult>> RunAsync(CancellationToken cancellationToken)
    {
        var found = $"{version} on {RuntimeInformation.OSDescription.Trim()}, {RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant()}";
        return Task.FromResult<IReadOnlyList<CheckResult>>(
        [
            version.Major >= Needed ? CheckResult.Ok(".NET", found) : CheckResult.Missing(".NET", found, $"Install the .NET runtime {Needed}.0 or later."),
        ]);
    }
}
