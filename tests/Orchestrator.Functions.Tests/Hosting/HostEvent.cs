namespace Orchestrator.Functions.Tests.Hosting;

/// <summary>An event of an execution's history.</summary>
internal abstract record HostEvent
{
    /// <summary>The bytes of what it carries, as UTF-8.</summary>
    public virtual long Bytes => 0;

    protected static long Size(string? text) => text is null ? 0 : System.Text.Encoding.UTF8.GetByteCount(text);

    /// <summary>An episode began: the orchestrator was run over the history so far, and what had come since.</summary>
    public sealed record EpisodeStarted(DateTimeOffset At) : HostEvent;

    /// <summary>An episode ended.</summary>
    public sealed record EpisodeCompleted : HostEvent;

    /// <summary>An activity was called.</summary>
    public sealed record TaskScheduled(int Id, string Name, string Input) : HostEvent
    {
        public override long Bytes => Size(Name) + Size(Input);
    }

    /// <summary>An activity answered.</summary>
    public sealed record TaskCompleted(int Id, string Result) : HostEvent
    {
        public override long Bytes => Size(Result);
    }

    /// <summary>An activity failed.</summary>
    public sealed record TaskFailed(int Id, string Error) : HostEvent
    {
        public override long Bytes => Size(Error);
    }

    /// <summary>A timer was made.</summary>
    public sealed record TimerCreated(int Id, DateTimeOffset FireAt) : HostEvent;

    /// <summary>A timer fired.</summary>
    public sealed record TimerFired(int Id) : HostEvent;

    /// <summary>An event was raised from outside.</summary>
    public sealed record EventRaised(string Name, string Payload) : HostEvent
    {
        public override long Bytes => Size(Name) + Size(Payload);
    }
}
