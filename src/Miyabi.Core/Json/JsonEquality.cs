using System.Text.Json;

namespace Miyabi.Core.Json;

/// <summary>JSON Schema's equality: 1.0 is 1, and the order of an object's members does not count.</summary>
internal sealed class JsonEquality : IEqualityComparer<JsonTree>
{
    public static readonly JsonEquality Instance = new();

    private JsonEquality()
    {
    }

    public bool Equals(JsonTree? x, JsonTree? y)
    {
        if (ReferenceEquals(x, y))
            return true;
        if (x is null || y is null || x.Kind != y.Kind || x.Children.Count != y.Children.Count)
            return false;
        return x.Kind switch
        {
            JsonValueKind.String => x.Text == y.Text,
            JsonValueKind.Number => JsonNumber.Parse(x.Text) == JsonNumber.Parse(y.Text),
            JsonValueKind.Array => x.Children.Zip(y.Children).All(pair => Equals(pair.First, pair.Second)),
            JsonValueKind.Object => x.Children.All(member => y.Find(member.Name!) is { } other && Equals(member, other)),
            _ => true,
        };
    }

    public int GetHashCode(JsonTree obj)
    {
        var hash = (int)obj.Kind;
        switch (obj.Kind)
        {
            case JsonValueKind.String:
                return HashCode.Combine(hash, obj.Text);
            case JsonValueKind.Number:
                return HashCode.Combine(hash, JsonNumber.Parse(obj.Text));
            case JsonValueKind.Array:
                return obj.Children.Aggregate(hash, (sum, item) => HashCode.Combine(sum, GetHashCode(item)));
            case JsonValueKind.Object:
                // A sum, as the order does not count.
                return obj.Children.Aggregate(hash, (sum, member) => unchecked(sum + HashCode.Combine(member.Name, GetHashCode(member))));
            default:
                return hash;
        }
    }
}
