using System.Collections;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Miyabi.Core.Ledger;

/// <summary>What documents must have to be read at all, so that whoever holds one can rely on what its type promises.</summary>
internal static class DocumentForm
{
    /// <summary>How documents are read: nothing that is not nullable may be null or missing, nor may an element of a list.</summary>
    /// <remarks>Writers leave out what is null, and what a type marks to be left out when it says nothing; nothing else, so what else is missing was taken out.</remarks>
    internal static readonly JsonSerializerOptions Strict = new(LedgerJson.Default.Options)
    {
        RespectNullableAnnotations = true,
        TypeInfoResolver = LedgerJson.Default.WithAddedModifier(Require),
    };

    private static void Require(JsonTypeInfo type)
    {
        if (type.Kind != JsonTypeInfoKind.Object)
            return;
        List<(string Name, Func<object, object?> Get)> lists = [];
        foreach (var property in type.Properties)
        {
            if (property.Set is null && property.AssociatedParameter is null)
                continue;
            if (IsLeftOut(property))
                continue;
            if (property.PropertyType.IsValueType ? Nullable.GetUnderlyingType(property.PropertyType) is null : !property.IsSetNullable)
                property.IsRequired = true;
            if (typeof(IEnumerable).IsAssignableFrom(property.PropertyType) && property.PropertyType != typeof(string) && property.Get is { } get)
                lists.Add((property.Name, get));
        }

        if (lists.Count > 0)
            type.OnDeserialized = value => CheckElements(value, lists);
    }

    private static bool IsLeftOut(JsonPropertyInfo property) =>
        property.AttributeProvider?.GetCustomAttributes(typeof(JsonIgnoreAttribute), inherit: false) is [JsonIgnoreAttribute { Condition: JsonIgnoreCondition.WhenWritingDefault }];

    private static void CheckElements(object value, List<(string Name, Func<object, object?> Get)> lists)
    {
        foreach (var (name, get) in lists)
        {
            var elements = get(value) is IDictionary dictionary ? dictionary.Values : get(value) as IEnumerable;
            foreach (var element in elements ?? Array.Empty<object>())
            {
                if (element is null)
                    throw new JsonException($"'{name}' has an element that is null.");
            }
        }
    }
}
