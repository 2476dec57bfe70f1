using Microsoft.Extensions.Configuration;

namespace Orchestrator.Functions.Telemetry;

/// <summary>Where the app sends what it tells of its work: OpenTelemetry's and Application Insights' own settings, checked. Nothing set: nowhere.</summary>
public sealed class TelemetrySettings
{
    private const string OtlpEndpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";
    private const string ConnectionString = "APPLICATIONINSIGHTS_CONNECTION_STRING";
    private const string Authentication = "APPLICATIONINSIGHTS_AUTHENTICATION_STRING";

    /// <summary>To a collector, by OTLP: <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> is set. The exporter reads that and its other variables itself.</summary>
    public bool Otlp { get; private init; }

    /// <summary><c>APPLICATIONINSIGHTS_CONNECTION_STRING</c>; <see langword="null"/>: not there. To be treated as a secret.</summary>
    public string? ApplicationInsights { get; private init; }

    /// <summary>Signs in to Application Insights with a managed identity: <c>APPLICATIONINSIGHTS_AUTHENTICATION_STRING</c> is <c>Authorization=AAD</c>.</summary>
    public bool SignsIn { get; private init; }

    /// <summary>The client id of a user-assigned identity (<c>;ClientId=GUID</c>); <see langword="null"/>: the app's own.</summary>
    public string? ClientId { get; private init; }

    /// <summary>In words, for people.</summary>
    public override string ToString() => (Otlp, ApplicationInsights) switch
    {
        (false, null) => "nowhere",
        (true, null) => "OTLP",
        (false, _) => "Application Insights",
        _ => "OTLP and Application Insights",
    };

    /// <summary>Nowhere.</summary>
    public static TelemetrySettings None { get; } = new();

    /// <summary>Reads and checks the settings. What is wrong is added to the problems, without a word of what was given.</summary>
    internal static TelemetrySettings Read(IConfiguration configuration, List<string> problems)
    {
        if (bool.TryParse(configuration["OTEL_SDK_DISABLED"], out var disabled) && disabled)
            return None;
        var (endpoint, insights) = (configuration[OtlpEndpoint], configuration[ConnectionString]);
        if (!string.IsNullOrWhiteSpace(endpoint) && !(Uri.TryCreate(endpoint, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"))
            problems.Add($"{OtlpEndpoint} is no http or https URL, e.g. http://localhost:4317.");
        if (!string.IsNullOrWhiteSpace(insights) && !insights.Contains("InstrumentationKey=", StringComparison.OrdinalIgnoreCase))
            problems.Add($"{ConnectionString} is no connection string of Application Insights: one begins with InstrumentationKey=.");
        var (signsIn, clientId) = ReadAuthentication(configuration[Authentication], problems);
        return new TelemetrySettings
        {
            Otlp = !string.IsNullOrWhiteSpace(endpoint),
            ApplicationInsights = string.IsNullOrWhiteSpace(insights) ? null : insights,
            SignsIn = signsIn,
            ClientId = clientId,
        };
    }

    private static (bool SignsIn, string? ClientId) ReadAuthentication(string? text, List<string> problems)
    {
        if (string.IsNullOrWhiteSpace(text))
            return default;
        var (signsIn, isWrong, clientId) = (false, false, (string?)null);
        foreach (var part in text.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var (name, value) = part.Split('=', 2) is [var left, var right] ? (left.Trim(), right.Trim()) : (part, "");
            if (name.Equals("Authorization", StringComparison.OrdinalIgnoreCase) && value.Equals("AAD", StringComparison.OrdinalIgnoreCase))
                signsIn = true;
            else if (name.Equals("ClientId", StringComparison.OrdinalIgnoreCase) && Guid.TryParse(value, out _))
                clientId = value;
            else
                isWrong = true;
        }

        if (isWrong || !signsIn)
            problems.Add($"{Authentication}: give Authorization=AAD for the app's own identity, or Authorization=AAD;ClientId=GUID for a user-assigned one.");
        return (signsIn, clientId);
    }
}
