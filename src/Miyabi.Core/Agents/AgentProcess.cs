namespace Miyabi.Core.Agents;

/// <summary>The process that carries an attempt out, named so that it is found again after its runner's death, and nothing else is taken for it.</summary>
/// <remarks>A process id alone is used again by the system; with the start time, on the machine and since the boot that it was given on, it is not.</remarks>
/// <param name="Machine">The system that gave the id: its boot and namespace of ids. An id is never looked at on any other.</param>
/// <param name="Group">The process's id. Where it was started in a session of its own, also that of its process group and session.</param>
/// <param name="Started">Its start time as the system counts it; compared, never computed with.</param>
/// <param name="Runner">The runner that started it, named as in an owner document.</param>
/// <param name="Workspace">The attempt's folder on that machine.</param>
public sealed record AgentProcess(string Machine, int Group, string Started, string Runner, string Workspace);

/// <summary>An attempt that was worked on before, by a runner that is gone: what it started may still be at work.</summary>
/// <param name="RunId">The run's id.</param>
/// <param name="TaskId">The task's id.</param>
/// <param name="Attempt">The attempt.</param>
/// <param name="Process">What the attempt's lease names; <see langword="null"/>: nothing, or the runner died before it could write it down.</param>
public sealed record AgentLeftovers(string RunId, string TaskId, int Attempt, AgentProcess? Process);
