namespace Miyabi.Storage.Azure;

/// <summary>The names that Azure takes for containers.</summary>
internal static class ContainerName
{
    /// <summary>The rule, for a person.</summary>
    internal const string Rule = "3 to 63 lower-case letters, digits and single dashes, a letter or digit at either end";

    /// <summary>Whether a name is one.</summary>
    internal static bool IsValid(string name) =>
        name.Length is >= 3 and <= 63
        && name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-')
        && name[0] != '-' && name[^1] != '-'
        && !name.Contains("--", StringComparison.Ordinal);
}
