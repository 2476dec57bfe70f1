using System.Net;

namespace Miyabi.Cli.Remote;

/// <summary>An answer of a function app, read whole. Nothing in it is trusted.</summary>
/// <param name="Status">The status.</param>
/// <param name="MediaType">The media type, without parameters; empty where there is none.</param>
/// <param name="Content">The content, as long as was allowed.</param>
/// <param name="Location">Where a redirect points; empty otherwise.</param>
internal sealed record RemoteAnswer(HttpStatusCode Status, string MediaType, byte[] Content, string Location)
{
    /// <summary>Whether an earlier try of the same request may have been carried out too.</summary>
    internal bool IsRepeated { get; init; }

    internal bool IsSuccess => (int)Status is >= 200 and < 300;

    internal bool IsProblem => MediaType.Equals("application/problem+json", StringComparison.OrdinalIgnoreCase);

    internal bool IsJson => IsProblem || MediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase);
}
