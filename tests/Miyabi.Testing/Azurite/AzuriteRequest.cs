using System.Globalization;
using System.Text.RegularExpressions;

namespace Miyabi.Testing.Azurite;

/// <summary>A request that Azurite has answered, as its access log has it.</summary>
/// <param name="Method">The HTTP method.</param>
/// <param name="Container">The container; empty for a request to the account.</param>
/// <param name="Blob">The blob's name; empty for a request to the container, a listing above all.</param>
/// <param name="Query">What stands behind the question mark.</param>
/// <param name="Status">The answer's status.</param>
public sealed partial record AzuriteRequest(string Method, string Container, string Blob, string Query, int Status)
{
    /// <summary>Reads a line; <see langword="null"/>: it tells of no request.</summary>
    public static AzuriteRequest? TryParse(string line)
    {
        if (Form().Match(line) is not { Success: true } found)
            return null;
        var names = found.Groups["path"].Value.Split('/', 2);
        return new AzuriteRequest(
            found.Groups["method"].Value,
            Uri.UnescapeDataString(names[0]),
            names.Length == 2 ? Uri.UnescapeDataString(names[1]) : "",
            found.Groups["query"].Value,
            int.Parse(found.Groups["status"].Value, CultureInfo.InvariantCulture));
    }

    [GeneratedRegex(
        "\"(?<method>[A-Z]+) /devstoreaccount1/(?<path>[^? ]*)(\\?(?<query>[^ ]*))? HTTP/[0-9.]+\" (?<status>[0-9]{3}) ",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000)]
    private static partial Regex Form();
}
