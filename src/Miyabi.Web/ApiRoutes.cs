namespace Miyabi.Web;

/// <summary>The routes of the HTTP API, below <see cref="Prefix"/>: what hosts map and what links are made of.</summary>
public static class ApiRoutes
{
    /// <summary>What all routes are below; the Functions host adds it itself (<c>routePrefix</c> in host.json).</summary>
    public const string Prefix = "api";

    /// <summary>All runs.</summary>
    public const string Runs = "runs";

    /// <summary>A run.</summary>
    public const string Run = "runs/{id}";
}
