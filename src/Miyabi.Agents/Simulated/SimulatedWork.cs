using Miyabi.Core.Agents;

namespace Miyabi.Agents.Simulated;

/// <summary>Work that is nothing but time.</summary>
internal static class SimulatedWork
{
    private const int MaxSteps = 10;

    private static readonly TimeSpan ShortestStep = TimeSpan.FromMilliseconds(100);

    // What a timer of this runtime wakes up too late, mostly: it counts whole milliseconds.
    private static readonly TimeSpan TimerError = TimeSpan.FromMilliseconds(2);

    private static readonly TimeSpan ShortestDelay = TimeSpan.FromMilliseconds(1);

    // Timers take at most some 49 days; a slowed-down simulation may wait longer.
    private static readonly TimeSpan LongestDelay = TimeSpan.FromHours(1);

    /// <summary>A simulated time at a speed, which must be more than 0.</summary>
    public static TimeSpan Scale(TimeSpan simulated, double speed)
    {
        if (!(speed > 0))
            throw new ArgumentOutOfRangeException(nameof(speed), speed, "A speed is more than 0.");
        return TimeSpan.FromTicks((long)Math.Min(Math.Round(simulated.Ticks / speed), TimeSpan.MaxValue.Ticks / 2));
    }

    /// <summary>Takes exactly this long, and tells so in at most 10 even steps of at least 100 ms each.</summary>
    public static async Task DoAsync(
        TimeSpan work, TimeProvider time, IProgress<AgentProgress> progress, CancellationToken cancellationToken)
    {
        // Every step waits for its own moment after one start, so what a timer overshoots is not added up.
        var start = time.GetTimestamp();
        var steps = (int)Math.Clamp(work / ShortestStep, 1, MaxSteps);
        for (var step = 1; step <= steps; step++)
        {
            await UntilAsync(step == steps ? work : work / steps * step, start, time, cancellationToken);
            progress.Report(new AgentProgress((double)step / steps));
        }
    }

    private static async Task UntilAsync(TimeSpan elapsed, long start, TimeProvider time, CancellationToken cancellationToken)
    {
        for (var left = elapsed - time.GetElapsedTime(start); left > TimeSpan.Zero; left = elapsed - time.GetElapsedTime(start))
        {
            if (left <= TimerError && time == TimeProvider.System)
            {
                // A timer would wake up too late: the rest is waited for awake, letting others go first.
                await Task.Yield();
                continue;
            }

            // Task.Delay cuts off parts of a millisecond, so it never waits longer than this by its own account.
            var delay = TimeSpan.FromMilliseconds(Math.Ceiling((left - TimerError).TotalMilliseconds));
            await Task.Delay(delay > LongestDelay ? LongestDelay : delay < ShortestDelay ? ShortestDelay : delay, time, cancellationToken);
        }

        cancellationToken.ThrowIfCancellationRequested();
    }
}
