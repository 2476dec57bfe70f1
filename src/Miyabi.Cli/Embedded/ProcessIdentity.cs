using Miyabi.Agents;
using Miyabi.Core.Ledger;

namespace Miyabi.Cli.Embedded;

/// <summary>Names this process so that another on the same system can tell whether it still lives.</summary>
internal static class ProcessIdentity
{
    /// <summary>Who this process is.</summary>
    internal static RunnerIdentity Current() => new(Guid.NewGuid().ToString("N"), Environment.MachineName, ProcessName.Current);

    /// <summary>Whether a process is certainly dead: it was named on this very system, and is not there any more.</summary>
    internal static bool IsDead(string name) => ProcessName.IsDead(name);
}
