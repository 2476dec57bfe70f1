using System.Security.Cryptography;
using Microsoft.Extensions.Configuration;

namespace Orchestrator.Functions.Tests.Http;

/// <summary>Settings of an app in tests.</summary>
internal static class Settings
{
    internal static string NewKey()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return key.ExportPkcs8PrivateKeyPem();
    }

    /// <summary>Settings of the product, <c>Miyabi__NAME</c>, and of others in capital letters.</summary>
    internal static IConfiguration Of(params (string Name, string? Value)[] settings) => new ConfigurationBuilder()
        .AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Name.StartsWith("WEBSITE_", StringComparison.Ordinal) ? setting.Name : $"Miyabi:{setting.Name}", setting.Value)))
        .Build();

    internal static AppSettings Read(params (string Name, string? Value)[] settings) =>
        AppSettings.Read(Of([("Store", "azurite"), ("SigningKey", NewKey()), .. settings]), "no-host.json");
}
