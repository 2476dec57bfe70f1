using System.Collections.Immutable;

namespace Miyabi.Web;

/// <summary>The routes of the HTTP API, below <see cref="Prefix"/>: what hosts map, links are made of, and the description names.</summary>
public static class ApiRoutes
{
    /// <summary>What all routes are below; the Functions host adds it itself (<c>routePrefix</c> in host.json).</summary>
    public const string Prefix = "api";

    /// <summary>All runs.</summary>
    public const string Runs = "runs";

    /// <summary>A run.</summary>
    public const string Run = "runs/{id}";

    /// <summary>What happens in it.</summary>
    public const string Events = "runs/{id}/events";

    /// <summary>What its tasks put out.</summary>
    public const string Results = "runs/{id}/results";

    /// <summary>A task's sealed result.</summary>
    public const string Result = "runs/{id}/results/{taskId}";

    /// <summary>Its sealed manifest.</summary>
    public const string Manifest = "runs/{id}/manifest";

    /// <summary>A file that a task produced.</summary>
    public const string Artifact = "runs/{id}/artifacts/{sha256}";

    /// <summary>All files of its folder.</summary>
    public const string Documents = "runs/{id}/documents";

    /// <summary>A file of its folder.</summary>
    public const string Document = "runs/{id}/documents/{*path}";

    /// <summary>Ends it.</summary>
    public const string Cancel = "runs/{id}/cancel";

    /// <summary>Starts nothing new.</summary>
    public const string Suspend = "runs/{id}/suspend";

    /// <summary>Goes on.</summary>
    public const string Resume = "runs/{id}/resume";

    /// <summary>Takes it up again after its end.</summary>
    public const string Retry = "runs/{id}/retry";

    /// <summary>Lets a task start.</summary>
    public const string Approve = "runs/{id}/tasks/{taskId}/approve";

    /// <summary>Does not let a task start.</summary>
    public const string Reject = "runs/{id}/tasks/{taskId}/reject";

    /// <summary>Says what is wrong with a plan.</summary>
    public const string Validate = "plans/validate";

    /// <summary>The key that documents are sealed with.</summary>
    public const string Keys = "keys";

    /// <summary>Whether it works.</summary>
    public const string Health = "health";

    /// <summary>The description of all this.</summary>
    public const string OpenApi = "openapi.json";

    /// <summary>Whatever else is asked for.</summary>
    public const string Other = "{*path}";

    /// <summary>What can be done: method and route of each.</summary>
    public static ImmutableArray<(string Method, string Route)> Operations { get; } =
    [
        ("POST", Runs), ("GET", Runs), ("GET", Run), ("GET", Events), ("GET", Results), ("GET", Result), ("GET", Manifest), ("GET", Artifact), ("GET", Documents),
        ("GET", Document), ("POST", Cancel), ("POST", Suspend), ("POST", Resume), ("POST", Retry), ("POST", Approve), ("POST", Reject), ("POST", Validate),
        ("GET", Keys), ("GET", Health), ("GET", OpenApi),
    ];
}
