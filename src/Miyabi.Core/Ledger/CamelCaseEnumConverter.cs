using System.Text.Json;
using System.Text.Json.Serialization;

namespace Miyabi.Core.Ledger;

/// <summary>Enums in JSON: their names in camelCase, never numbers, so that neither order nor case of our code is anybody's format.</summary>
/// <typeparam name="T">The enum.</typeparam>
public sealed class CamelCaseEnumConverter<T>() : JsonStringEnumConverter<T>(JsonNamingPolicy.CamelCase, allowIntegerValues: false)
    where T : struct, Enum;
