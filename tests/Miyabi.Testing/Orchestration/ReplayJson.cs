using System.Text;
using System.Text.Json;

namespace Miyabi.Testing.Orchestration;

/// <summary>Messages as a durable engine keeps them: plain System.Text.Json, and bounded.</summary>
public static class ReplayJson
{
    /// <summary>A message to or from an activity, in UTF-8.</summary>
    public const int MaxMessageBytes = 45 * 1024;

    /// <summary>A custom status, in UTF-16.</summary>
    public const int MaxStatusBytes = 16 * 1024;

    private static readonly JsonSerializerOptions Options = new() { IncludeFields = true };

    public static string Write(object? value) => JsonSerializer.Serialize(value, Options);

    public static T? Read<T>(string json) => JsonSerializer.Deserialize<T>(json, Options);

    /// <summary>A message, if it is not too large.</summary>
    public static string Message(object? value)
    {
        var json = Write(value);
        var bytes = Encoding.UTF8.GetByteCount(json);
        return bytes <= MaxMessageBytes ? json : throw new ReplayException($"A message has {bytes} bytes: {json[..200]}...");
    }

    /// <summary>A status, if it is not too large.</summary>
    public static string Status(object? value)
    {
        var json = Write(value);
        var bytes = Encoding.Unicode.GetByteCount(json);
        return bytes <= MaxStatusBytes ? json : throw new ReplayException($"A status has {bytes} bytes: {json[..200]}...");
    }
}

/// <summary>An orchestration did what an engine that replays does not bear.</summary>
public sealed class ReplayException(string message) : Exception(message);

/// <summary>An activity failed, as an orchestration learns it.</summary>
public sealed class ReplayActivityException(string message) : Exception(message);
