using System.Text;
using System.Text.Json;

namespace Orchestrator.Functions.Tests.Hosting;

/// <summary>Messages as the worker makes them: plain System.Text.Json, and bounded as the Azure Storage back end bounds them before it resorts to blobs.</summary>
internal static class HostJson
{
    /// <summary>A message to or from an activity, in UTF-8.</summary>
    internal const int MaxMessageBytes = 45 * 1024;

    /// <summary>A custom status, in UTF-16.</summary>
    internal const int MaxStatusBytes = 16 * 1024;

    private static readonly JsonSerializerOptions Options = new() { IncludeFields = true, PropertyNameCaseInsensitive = true };

    internal static T? Read<T>(string json) => JsonSerializer.Deserialize<T>(json, Options);

    internal static string Message(object? value) => Bounded(JsonSerializer.Serialize(value, value?.GetType() ?? typeof(object), Options), Encoding.UTF8, MaxMessageBytes);

    internal static string Status(object? value) => Bounded(JsonSerializer.Serialize(value, value?.GetType() ?? typeof(object), Options), Encoding.Unicode, MaxStatusBytes);

    private static string Bounded(string json, Encoding encoding, int max) =>
        encoding.GetByteCount(json) <= max ? json : throw new HostException($"{encoding.GetByteCount(json)} bytes where {max} are allowed: {json[..200]}...");
}

/// <summary>What the host under test was given breaks a rule of Durable Functions.</summary>
internal sealed class HostException(string message) : Exception(message);
