using Miyabi.Core.FrontDoor;
using Miyabi.Core.Runs;
using Miyabi.Core.Scheduling;

namespace Miyabi.Cli.Contracts;

/// <summary>What the commands that decide about a run print with <c>--json</c>.</summary>
internal sealed record ControlJson
{
    private const string FunctionApp = "function app";

    public string Contract { get; } = "miyabi.control/1";

    public required string Run { get; init; }

    public required ControlKind Kind { get; init; }

    public string? Task { get; init; }

    public required string Document { get; init; }

    public required string Sha256 { get; init; }

    public string? CarriedOutBy { get; init; }

    internal static ControlJson Of(string run, SentControl sent, RunOwner? owner) =>
        Of(run, sent, owner is { Instance: not null, Host: "" } ? FunctionApp : owner?.Host);

    internal static ControlJson Of(string run, SentControl sent, string? carriedOutBy) => new()
    {
        Run = run,
        Kind = sent.Control.Kind,
        Task = sent.Control.Task,
        Document = sent.Path,
        Sha256 = sent.Digest,
        CarriedOutBy = carriedOutBy,
    };
}
