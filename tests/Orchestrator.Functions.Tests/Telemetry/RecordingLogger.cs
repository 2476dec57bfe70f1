using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Orchestrator.Functions.Tests.Telemetry;

/// <summary>Keeps what is logged.</summary>
internal sealed class RecordingLogger<T> : ILogger<T>
{
    internal ConcurrentQueue<(int Id, LogLevel Level, string Text)> Logged { get; } = new();

    internal IEnumerable<int> Ids => Logged.Select(entry => entry.Id);

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        Logged.Enqueue((eventId.Id, logLevel, $"{formatter(state, exception)} {string.Join(' ', state as IEnumerable<KeyValuePair<string, object?>> ?? [])} {exception}"));
}
