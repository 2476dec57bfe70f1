using Agents.Functions;
using Miyabi.Core.Activities;
using Miyabi.Core.Orchestration;

namespace Orchestrator.Functions.Tests.Hosting;

/// <summary>A worker's process with the app's activity functions: takes JSON and gives JSON.</summary>
internal sealed class HostWorker
{
    private readonly Dictionary<string, Func<string, Task<string>>> functions = new(StringComparer.Ordinal);

    internal HostWorker(Advance advance, RunTask runTask)
    {
        var limits = new FunctionLimits(null);
        Add<AdvanceRequest, ActivityAnswer<AdvanceAnswer>>(ActivityNames.Advance, new AdvanceFunction(advance, limits).RunAsync);
        Add<RunTaskRequest, ActivityAnswer<TaskEnding>>(ActivityNames.RunTask, new RunTaskFunction(runTask, limits).RunAsync);
    }

    /// <summary>Set when the host ends the process.</summary>
    internal CancellationToken Ending { get; init; }

    internal Task<string> RunAsync(string name, string input) => functions.TryGetValue(name, out var function)
        ? Task.Run(() => function(input), Ending)
        : throw new HostException($"There is no function '{name}'.");

    private void Add<TInput, TAnswer>(string name, Func<TInput, CancellationToken, Task<TAnswer>> function) =>
        functions[name] = async input => HostJson.Message(await function(HostJson.Read<TInput>(input)!, Ending));
}
