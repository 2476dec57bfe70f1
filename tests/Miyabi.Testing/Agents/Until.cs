using System.Diagnostics;

namespace Miyabi.Testing.Agents;

/// <summary>Waits for a condition that nothing announces.</summary>
public static class Until
{
    // Only what never comes meets it: a loaded machine may take tens of seconds over what takes one here.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    /// <summary>Returns as soon as it is true; fails the test if it does not become so.</summary>
    public static Task TrueAsync(Func<bool> condition, string what) => TrueAsync(() => Task.FromResult(condition()), what);

    /// <summary>The same for one that has to be asked for.</summary>
    public static async Task TrueAsync(Func<Task<bool>> condition, string what)
    {
        var start = Stopwatch.GetTimestamp();
        while (!await condition())
        {
            Assert.True(Stopwatch.GetElapsedTime(start) < Patience, $"In {Patience}, this did not become true: {what}.");
            await Task.Delay(10);
        }
    }
}
