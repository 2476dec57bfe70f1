namespace Miyabi.Web.Tests.Hosting;

/// <summary>Plans that tests send.</summary>
internal static class Plans
{
    /// <summary>Two tasks, one after the other; no provider is said.</summary>
    internal const string Two = """
        { "name": "two", "version": 1, "agents": [ { "id": "A", "kind": "claude" } ],
          "tasks": [ { "id": "one", "agent": "A", "prompt": "First 計画", "writes": ["out/**"] }, { "id": "next", "agent": "A", "dependsOn": ["one"] } ] }
        """;

    /// <summary>The same with a budget of one US dollar.</summary>
    internal static readonly string Dear = Two.Replace("\"tasks\"", "\"policy\": { \"budget\": { \"maxCostUsd\": 1 } }, \"tasks\"", StringComparison.Ordinal);

    /// <summary>One that asks before it starts, and one after it.</summary>
    internal const string Gated = """
        { "name": "gated", "version": 1, "agents": [ { "id": "A", "kind": "claude" } ],
          "tasks": [ { "id": "gated", "agent": "A", "approval": { "message": "Go?" } }, { "id": "next", "agent": "A", "dependsOn": ["gated"] } ] }
        """;

    /// <summary>One whose result another agent reviews.</summary>
    internal const string Reviewed = """
        { "name": "reviewed", "version": 1, "agents": [ { "id": "A", "kind": "claude" }, { "id": "B", "kind": "claude" } ],
          "tasks": [ { "id": "one", "agent": "A", "review": { "agent": "B" } } ] }
        """;

    /// <summary>One that fails at its first attempt and has no second.</summary>
    internal const string Once = """
        { "name": "once", "version": 1, "agents": [ { "id": "A", "kind": "claude" } ], "defaults": { "retry": { "maxAttempts": 1 } },
          "tasks": [ { "id": "fails", "agent": "A" }, { "id": "below", "agent": "A", "dependsOn": ["fails"] } ] }
        """;

    /// <summary>Independent tasks.</summary>
    internal static string Wide(int tasks) => $$"""
        { "name": "wide", "version": 1, "agents": [ { "id": "A", "kind": "claude", "slots": 50 } ], "policy": { "maxParallel": 50 },
          "tasks": [ {{string.Join(", ", Enumerable.Range(0, tasks).Select(i => $$"""{ "id": "t{{i}}", "agent": "A" }"""))}} ] }
        """;

    /// <summary>A plan of exactly so many bytes, by white space before it.</summary>
    internal static byte[] OfBytes(int bytes)
    {
        var content = new byte[bytes];
        content.AsSpan().Fill((byte)' ');
        System.Text.Encoding.UTF8.GetBytes(Two).CopyTo(content, bytes - System.Text.Encoding.UTF8.GetByteCount(Two));
        return content;
    }
}
