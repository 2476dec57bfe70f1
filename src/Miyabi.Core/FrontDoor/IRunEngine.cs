using Miyabi.Core.Orchestration;

namespace Miyabi.Core.FrontDoor;

/// <summary>What an engine knows of an instance.</summary>
public enum InstanceState
{
    /// <summary>Nothing: it was never started, or its history is lost.</summary>
    Absent,

    /// <summary>It is to begin, or goes on.</summary>
    Running,

    /// <summary>It has come to its end, however.</summary>
    Ended,
}

/// <summary>An engine that carries runs out by instances of the orchestration, as the front door needs it.</summary>
/// <remarks>Every method may throw <see cref="EngineException"/>: then the caller does not know whether it was done.</remarks>
public interface IRunEngine
{
    /// <summary>Asks for an instance.</summary>
    Task<InstanceState> FindAsync(string instance, CancellationToken cancellationToken);

    /// <summary>Starts an instance.</summary>
    /// <returns><see langword="false"/>: one of the id goes on already, with an input of its own.</returns>
    Task<bool> StartAsync(string instance, RunInput input, CancellationToken cancellationToken);

    /// <summary>Tells an instance that there are new control documents. One that is not there, or has ended, needs not to know.</summary>
    Task WakeAsync(string instance, CancellationToken cancellationToken);
}

/// <summary>The engine could not do what it was asked: its storage or its host is away. The same call may succeed later.</summary>
public sealed class EngineException(string message, Exception? inner = null) : Exception(message, inner);
