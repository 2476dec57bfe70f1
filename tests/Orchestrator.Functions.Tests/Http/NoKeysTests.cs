using Microsoft.Azure.Functions.Worker.Core.FunctionMetadata;
using Microsoft.Extensions.DependencyInjection;
using Moq;

namespace Orchestrator.Functions.Tests.Http;

/// <summary>Keys that are not asked for, where App Service's authentication lets in who may ask.</summary>
public sealed class NoKeysTests
{
    [Fact]
    public void Transform_MakesEveryHttpTriggerAnonymous_AndLeavesTheRest()
    {
        List<string> http = ["""{"name":"request","type":"httpTrigger","direction":"In","authLevel":"Function","methods":["post"],"route":"runs"}""", """{"name":"client","type":"durableClient","direction":"In"}"""];
        List<string> timer = ["""{"name":"timer","type":"timerTrigger","direction":"In","schedule":"0 * * * * *"}"""];
        var before = timer[0];

        new NoKeys().Transform([Function(http), Function(timer), Function(null)]);

        Assert.Equal("""{"name":"request","type":"httpTrigger","direction":"In","authLevel":"Anonymous","methods":["post"],"route":"runs"}""", http[0]);
        Assert.Equal("""{"name":"client","type":"durableClient","direction":"In"}""", http[1]);
        Assert.Equal(before, timer[0]);
    }

    [Theory]
    [InlineData("true", 1)]
    [InlineData("false", 0)]
    [InlineData(null, 0)]
    public async Task Services_HaveIt_OnlyWhereTheSettingSaysSo(string? easyAuth, int expected)
    {
        var services = new ServiceCollection();
        services.AddLogging();
        await services.AddOrchestratorAsync(Settings.Read(("EasyAuth", easyAuth), ("WEBSITE_AUTH_ENABLED", "True")));

        Assert.Equal(expected, services.Count(service => service.ServiceType == typeof(IFunctionMetadataTransformer)));
    }

    [Fact]
    public void Settings_WithoutKeys_AndWithoutAppServicesAuthentication_AreRefused()
    {
        var wrong = Assert.Throws<AppSettingsException>(() => Settings.Read(("EasyAuth", "true")));

        Assert.Contains("Miyabi__EasyAuth is true, and App Service's authentication is not on", Assert.Single(wrong.Problems));
    }

    private static IFunctionMetadata Function(IList<string>? bindings) => Mock.Of<IFunctionMetadata>(function => function.RawBindings == bindings);
}
