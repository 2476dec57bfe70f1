using System.Text.Json;

namespace Miyabi.Wire;

/// <summary>A call as it came in.</summary>
/// <param name="Path">The path that was called.</param>
/// <param name="Key">What it was let in by: the key, or the token.</param>
/// <param name="Body">The body.</param>
/// <param name="Instructions">The model's instructions.</param>
/// <param name="Message">The message to the model.</param>
/// <param name="Schema">The form that the answer is to have; undefined: none was asked for.</param>
public sealed record WireRequest(string Path, string Key, JsonElement Body, string Instructions, string Message, JsonElement Schema);
