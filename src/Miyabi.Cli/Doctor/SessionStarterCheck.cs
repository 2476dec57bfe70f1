namespace Miyabi.Cli.Doctor;

/// <summary>What command agents' programs are started with on Unix, so that all they start can be ended with them.</summary>
internal sealed class SessionStarterCheck(bool isWindows, Func<string, bool> isThere) : ICheck
{
    private static readonly string[] Places = ["/usr/bin/setsid", "/bin/setsid"];

    public Task<IReadOnlyList<CheckResult>> RunAsync(CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<CheckResult>>(
        isWindows ? [] : Array.Find(Places, file => isThere(file)) is { } found
            ? [CheckResult.Ok("setsid", found)]
            : [CheckResult.Warning("setsid", $"{Places[0]} is not there: what a command agent's program starts and leaves behind is harder to find", "Install util-linux.")]);
}
