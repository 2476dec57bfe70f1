using System.Globalization;
using Miyabi.Cli.Tests.EndToEnd;

namespace Miyabi.Faults.Tests;

/// <summary>The clock of the processes that a sandbox starts from now on: it can be set while they run. Their timers run on as ever, as on a machine whose clock is set.</summary>
/// <remarks>By libfaketime, which eng/faketime.sh provides.</remarks>
internal sealed class ShiftedClock
{
    private readonly CliSandbox sandbox;

    public ShiftedClock(CliSandbox sandbox)
    {
        this.sandbox = sandbox;
        Set(TimeSpan.Zero);
        sandbox.Variables["LD_PRELOAD"] = Library();
        sandbox.Variables["FAKETIME_TIMESTAMP_FILE"] = sandbox["clock"];
        sandbox.Variables["FAKETIME_NO_CACHE"] = "1";
        sandbox.Variables["FAKETIME_DONT_FAKE_MONOTONIC"] = "1";
        sandbox.Variables["NO_FAKE_STAT"] = "1";
    }

    /// <summary>Sets it, as far from this machine's clock as said.</summary>
    public void Set(TimeSpan offset)
    {
        var next = sandbox["clock.new"];
        File.WriteAllText(next, offset.TotalSeconds.ToString("+0;-0", CultureInfo.InvariantCulture));
        File.Move(next, sandbox["clock"], overwrite: true);
    }

    private static string Library()
    {
        var library = Path.Combine(Repository.Root, "artifacts", "faketime", "libfaketime.so.1");
        return File.Exists(library)
            ? library
            : throw new FileNotFoundException("libfaketime is not there: run 'sh eng/faketime.sh' in the repository, which test.sh does by itself.");
    }
}
