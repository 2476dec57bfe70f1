using System.Text.Json.Nodes;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Miyabi.Core.Activities;
using Miyabi.Core.Notifications;
using Miyabi.Core.Plans;
using Miyabi.Core.Scheduling;
using Miyabi.Testing.Notifications;
using Orchestrator.Functions.Tests.Hosting;

namespace Orchestrator.Functions.Tests;

/// <summary>Notices on the app's functions, and the settings that deliveries need.</summary>
public sealed class WebhookTests
{
    private const string Secret = "whsec_YXBwLXNldHRpbmctc2VjcmV0LTMyLWJ5dGVzISEhISE=";

    [Theory]
    [InlineData((int)Deliveries.Once)]
    [InlineData((int)Deliveries.Twice)]
    public async Task Run_WithASubscriber_TellsItUnderIdsThatStay(int deliveries)
    {
        var run = await HostedRun.AcceptAsync(Notifying(), host: made => new DurableHost(made.NewWorker, made.Clock) { Deliveries = (Deliveries)deliveries });

        HostedRun.Succeeded(await run.CarryOutAsync());

        await run.ProvenAsync(RunOutcome.Succeeded);
        Assert.Equal(["run.started", "run.ended"], run.Webhooks.Tried.DistinctBy(webhook => webhook.Id).SelectMany(ScriptedWebhooks.EventsOf));
    }

    [Fact]
    public async Task Run_WhoseReceiverIsGone_IsNotAffected()
    {
        var run = await HostedRun.AcceptAsync(Notifying());
        run.Webhooks = new ScriptedWebhooks((_, _) => Task.FromResult(WebhookAnswer.OfStatus(410, null)));

        HostedRun.Succeeded(await run.CarryOutAsync());

        await run.ProvenAsync(RunOutcome.Succeeded);
    }

    [Fact]
    public async Task Services_TakeSecretsFromTheSettings()
    {
        var services = new ServiceCollection();
        services.AddLogging();
        await services.AddOrchestratorAsync(Read(("Secrets:Chat_Hook", Secret), ("Webhooks:AllowPrivateAddresses", "true")) with { SigningKey = NewKey() });
        await using var provider = services.BuildServiceProvider();

        var sender = provider.GetRequiredService<IWebhookSender>();

        Assert.Null(sender.WhyNot(new Subscriber { Url = "http://127.0.0.1/", Secret = "CHAT_HOOK" }));
        Assert.StartsWith("The secret Miyabi__Secrets__OTHER is not set.", sender.WhyNot(new Subscriber { Url = "https://a.example", Secret = "OTHER" }), StringComparison.Ordinal);
        Assert.NotNull(provider.GetRequiredService<Notify>());
    }

    [Fact]
    public void Settings_ThatAreNone_AreToldByNameAlone()
    {
        var wrong = Assert.Throws<AppSettingsException>(() => Read(("Secrets:A", "hunter2hunter2"), ("Secrets:B", "@Microsoft.KeyVault(SecretUri=x)"), ("Webhooks:AllowPrivateAddresses", "perhaps")));

        Assert.Equal(3, wrong.Problems.Count);
        Assert.All(["Miyabi__Secrets__A is no secret", "Miyabi__Secrets__B is a Key Vault reference", "Miyabi__Webhooks__AllowPrivateAddresses"], what => Assert.Contains(what, wrong.Message));
        Assert.DoesNotContain("hunter2", wrong.Message);
    }

    [Fact]
    public void Settings_AsText_ShowNoSecret() => Assert.DoesNotContain(Secret, Read(("Secrets:A", Secret)).ToString());

    private static AppSettings Read(params (string Name, string Value)[] settings) => AppSettings.Read(new ConfigurationBuilder().AddInMemoryCollection(
        settings.Select(setting => KeyValuePair.Create($"Miyabi:{setting.Name}", (string?)setting.Value))
            .Append(new("Miyabi:Store", "azurite")).Append(new("Miyabi:SigningKey", "local"))).Build());

    private static string NewKey()
    {
        using var key = System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP256);
        return key.ExportPkcs8PrivateKeyPem();
    }

    private static string Notifying()
    {
        var plan = JsonNode.Parse(Plans.Chain("a", "b", "c"))!.AsObject();
        plan["notify"] = JsonNode.Parse("""[ { "url": "https://a.example", "secret": "S" } ]""");
        return plan.ToJsonString();
    }
}
