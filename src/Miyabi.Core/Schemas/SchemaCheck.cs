using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.RegularExpressions;
using Miyabi.Core.Json;

namespace Miyabi.Core.Schemas;

/// <summary>One value being checked against a schema. Its work is bounded: a schema may ask for more of it than a value is worth.</summary>
internal sealed class SchemaCheck
{
    private const int MaxViolations = 20;
    private const int MaxSteps = 10_000_000;

    // A match has a bound of its own, but .NET keeps it between thousands of characters only, and there may be a million matches.
    private static readonly TimeSpan LongestMatching = TimeSpan.FromSeconds(5);

    private readonly ImmutableArray<SchemaViolation>.Builder _violations = ImmutableArray.CreateBuilder<SchemaViolation>();
    private readonly TimeProvider? _clock;
    private int _steps;
    private int _quiet;
    private TimeSpan _matching;

    private SchemaCheck(TimeProvider? clock) => _clock = clock;

    /// <summary>Every violation, up to 20.</summary>
    public static ImmutableArray<SchemaViolation> Run(SchemaNode schema, JsonTree value, TimeProvider? clock)
    {
        var check = new SchemaCheck(clock);
        try
        {
            check.Check(schema, value);
        }
        catch (BoundReachedException e)
        {
            return [new("$", e.Message)];
        }

        return check._violations.ToImmutable();
    }

    private bool Check(SchemaNode schema, JsonTree value)
    {
        Spend(1);
        if (!RuntimeHelpers.TryEnsureSufficientExecutionStack())
            throw new BoundReachedException("The value and the schema together are nested too deep to be checked.");
        if (schema.Always is { } always)
            return always || Report(value, "Nothing is allowed here.");
        var valid = CheckAny(schema, value);
        valid &= value.Kind switch
        {
            JsonValueKind.String => CheckString(schema, value),
            JsonValueKind.Number => CheckNumber(schema, value),
            JsonValueKind.Array => CheckArray(schema, value),
            JsonValueKind.Object => CheckObject(schema, value),
            _ => true,
        };
        return valid & CheckInPlace(schema, value);
    }

    private bool CheckAny(SchemaNode schema, JsonTree value)
    {
        var valid = true;
        if (schema.Types is { } types && !IsOneOf(types, value))
            valid = Report(value, $"This must be {string.Join(" or ", types)}, not {value.KindName}.");
        if (schema.Enum is { } allowed && !allowed.Contains(Sized(value)))
            valid = Report(value, "This is none of the allowed values.");
        if (schema.Const is { } only && !JsonEquality.Instance.Equals(only, Sized(value)))
            valid = Report(value, "This is not the one allowed value.");
        return valid;
    }

    private static bool IsOneOf(HashSet<string> types, JsonTree value) => value.Kind switch
    {
        JsonValueKind.Null => types.Contains("null"),
        JsonValueKind.True or JsonValueKind.False => types.Contains("boolean"),
        JsonValueKind.String => types.Contains("string"),
        JsonValueKind.Array => types.Contains("array"),
        JsonValueKind.Object => types.Contains("object"),
        _ => types.Contains("number") || (types.Contains("integer") && JsonNumber.Parse(value.Text).IsInteger),
    };

    private bool CheckInPlace(SchemaNode schema, JsonTree value)
    {
        var valid = schema.Ref is null || Check(schema.Ref, value);
        foreach (var each in schema.AllOf ?? [])
            valid &= Check(each, value);
        if (schema.AnyOf is { } any && !any.Any(each => Holds(each, value)))
            valid = Report(value, "This fits none of the schemas of anyOf.");
        if (schema.OneOf is { } one && one.Count(each => Holds(each, value)) is var fits && fits != 1)
            valid = Report(value, $"This must fit exactly one of the schemas of oneOf; it fits {fits}.");
        if (schema.Not is { } not && Holds(not, value))
            valid = Report(value, "This fits the schema that it must not fit.");
        if (schema.If is { } condition && (Holds(condition, value) ? schema.Then : schema.Else) is { } branch)
            valid &= Check(branch, value);
        return valid;
    }

    private bool CheckString(SchemaNode schema, JsonTree value)
    {
        var valid = true;
        if (schema.MinLength is not null || schema.MaxLength is not null)
        {
            Sized(value);
            var length = value.Text.Length - value.Text.Count(char.IsLowSurrogate);
            valid = Between(value, length, schema.MinLength, schema.MaxLength, "characters");
        }

        if (schema.Pattern is { } pattern && !Matches(pattern, value.Text))
            valid = Report(value, $"This does not match the pattern '{JsonTree.Shown(schema.PatternText)}'.");
        return valid;
    }

    private bool CheckNumber(SchemaNode schema, JsonTree value)
    {
        if (schema is { Minimum: null, Maximum: null, ExclusiveMinimum: null, ExclusiveMaximum: null, MultipleOf: null })
            return true;
        var number = JsonNumber.Parse(Sized(value).Text);
        var valid = true;
        if (schema.Minimum is { } minimum && number.CompareTo(minimum) < 0)
            valid = Report(value, "This is less than the minimum.");
        if (schema.Maximum is { } maximum && number.CompareTo(maximum) > 0)
            valid = Report(value, "This is more than the maximum.");
        if (schema.ExclusiveMinimum is { } above && number.CompareTo(above) <= 0)
            valid = Report(value, "This is not more than the exclusive minimum.");
        if (schema.ExclusiveMaximum is { } below && number.CompareTo(below) >= 0)
            valid = Report(value, "This is not less than the exclusive maximum.");
        if (schema.MultipleOf is { } divisor && !number.IsMultipleOf(divisor))
            valid = Report(value, "This is no multiple of what it must be a multiple of.");
        return valid;
    }

    private bool CheckArray(SchemaNode schema, JsonTree value)
    {
        var items = value.Children;
        var valid = Between(value, items.Count, schema.MinItems, schema.MaxItems, "items");
        var prefix = schema.PrefixItems?.Count ?? 0;
        for (var i = 0; i < items.Count; i++)
        {
            if (i < prefix)
                valid &= Check(schema.PrefixItems![i], items[i]);
            else if (schema.Items is { } rest)
                valid &= Check(rest, items[i]);
        }

        if (schema.Contains is { } wanted)
            valid &= Between(value, items.Count(item => Holds(wanted, item)), schema.MinContains ?? 1, schema.MaxContains, "items that fit contains");
        if (schema.UniqueItems)
        {
            var seen = new HashSet<JsonTree>(JsonEquality.Instance);
            Sized(value);
            if (items.FirstOrDefault(item => !seen.Add(item)) is { } twice)
                valid = Report(twice, "This item is here already.");
        }

        return valid;
    }

    private bool CheckObject(SchemaNode schema, JsonTree value)
    {
        var valid = Between(value, value.Children.Count, schema.MinProperties, schema.MaxProperties, "properties");
        foreach (var name in schema.Required ?? [])
        {
            Spend(1);
            if (value.Find(name) is null)
                valid = Report(value, $"'{JsonTree.Shown(name)}' is missing.");
        }

        foreach (var (name, others) in schema.DependentRequired ?? ImmutableDictionary<string, IReadOnlyList<string>>.Empty)
        {
            Spend(1 + others.Count);
            if (value.Find(name) is not null && others.FirstOrDefault(other => value.Find(other) is null) is { } missing)
                valid = Report(value, $"With '{JsonTree.Shown(name)}', '{JsonTree.Shown(missing)}' must be there too.");
        }

        foreach (var member in value.Children)
            valid &= CheckMember(schema, member);
        return valid;
    }

    private bool CheckMember(SchemaNode schema, JsonTree member)
    {
        var valid = true;
        var known = false;
        if (schema.PropertyNames is { } names)
        {
            var name = new JsonTree(member.Parent, member.Name, member.NameOffset, member.NameOffset, JsonValueKind.String)
            {
                Text = member.Name!,
            };
            valid = Check(names, name);
        }

        if (schema.Properties?.GetValueOrDefault(member.Name!) is { } property)
        {
            known = true;
            valid &= Check(property, member);
        }

        foreach (var (_, regex, pattern) in schema.PatternProperties ?? [])
        {
            if (!Matches(regex, member.Name!))
                continue;
            known = true;
            valid &= Check(pattern, member);
        }

        if (known || schema.AdditionalProperties is not { } additional)
            return valid;
        return additional.Always == false ? Report(member, "This property is not allowed here.") : valid & Check(additional, member);
    }

    /// <summary>Whether a value fits, without reporting why not.</summary>
    private bool Holds(SchemaNode schema, JsonTree value)
    {
        _quiet++;
        var holds = Check(schema, value);
        _quiet--;
        return holds;
    }

    private bool Between(JsonTree value, int count, long? least, long? most, string what)
    {
        if (count < least)
            return Report(value, $"This has {count} {what}; at least {least} must be there.");
        return !(count > most) || Report(value, $"This has {count} {what}; at most {most} may be there.");
    }

    private bool Matches(Regex regex, string text)
    {
        Spend(1 + (text.Length / 4));
        var from = _clock?.GetTimestamp();
        try
        {
            var matches = regex.IsMatch(text);
            if (from is { } at && (_matching += _clock!.GetElapsedTime(at)) > LongestMatching)
                throw new BoundReachedException($"The patterns took more than {LongestMatching.TotalSeconds:0} s together; simplify them or split the output.");
            return matches;
        }
        catch (RegexMatchTimeoutException)
        {
            throw new BoundReachedException("A pattern took too long to match.");
        }
    }

    private bool Report(JsonTree place, string message)
    {
        if (_quiet == 0 && _violations.Count < MaxViolations)
            _violations.Add(new(place.Path, message));
        return false;
    }

    /// <summary>Counts the work of looking at all of a value.</summary>
    private JsonTree Sized(JsonTree value)
    {
        Spend(1 + ((value.End - value.Offset) / 16));
        return value;
    }

    private void Spend(int steps)
    {
        _steps += steps;
        if (_steps > MaxSteps)
            throw new BoundReachedException($"Checking this value takes more than {MaxSteps:N0} steps; simplify the schema or split the output.");
    }

    // Leaves a recursion at once; it never leaves this class.
#pragma warning disable CA1032, CA1064 // private on purpose: nobody else may throw or catch it
    private sealed class BoundReachedException(string message) : Exception(message);
#pragma warning restore CA1032, CA1064
}
