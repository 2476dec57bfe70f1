using System.Globalization;
using Miyabi.Agents.Models;
using Miyabi.Core.Plans;

namespace Miyabi.Cli.Doctor;

/// <summary>The providers of models that have a key: whether their API lets it in and has the models, asked for nothing; and what they cost.</summary>
/// <param name="providers">The providers.</param>
/// <param name="plan">The plan whose models are asked for too; <see langword="null"/>: none.</param>
/// <param name="clock">The time, for the age of prices.</param>
internal sealed class ModelsCheck(IReadOnlyList<ModelProvider> providers, Plan? plan, TimeProvider clock) : ICheck
{
    private const string Key = "model key";
    private const string Model = "model";
    private const string Price = "price";
    private const string PricesCure = "Look prices up at the provider's, and set MIYABI_MODEL_PRICES (docs/agents.md).";

    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan OldPrice = TimeSpan.FromDays(90);

    public async Task<IReadOnlyList<CheckResult>> RunAsync(CancellationToken cancellationToken)
    {
        List<CheckResult> results = [];
        foreach (var provider in providers)
        {
            var options = provider.Options;
            if (options.Credential is null)
            {
                results.Add(NoKey(provider));
                continue;
            }

            foreach (var model in ModelsOf(provider))
            {
                results.Add(await LookAsync(provider, model, cancellationToken));
                results.Add(PriceOf(options, model));
            }
        }

        return results;
    }

    private CheckResult NoKey(ModelProvider provider)
    {
        var kind = provider.Kinds[0].ToString().ToLowerInvariant();
        return plan is not null && plan.Agents.Any(agent => agent.Provider == provider.Name)
            ? CheckResult.Missing(Key, $"{provider.Name} has no key, and the plan has agents of it", $"Set {provider.Options.KeySetting}, or run the plan with --agent {kind}=simulated.")
            : CheckResult.Ok(Key, $"{provider.Name} has none: without {provider.Options.KeySetting} it carries nothing out");
    }

    private IEnumerable<string> ModelsOf(ModelProvider provider)
    {
        var agents = plan?.Agents.Where(agent => provider.Kinds.Contains(agent.Kind) && (agent.Provider ?? provider.Name) == provider.Name).ToList() ?? [];
        var tasks = plan?.Tasks.Where(task => agents.Exists(agent => task.Agent.Id is { } id ? agent.Id == id : agent.Kind == task.Agent.Kind)) ?? [];
        return new[] { provider.Options.Model }.Concat(agents.Select(agent => agent.Model).OfType<string>()).Concat(tasks.Select(task => task.Model).OfType<string>())
            .Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal);
    }

    private async Task<CheckResult> LookAsync(ModelProvider provider, string model, CancellationToken cancellationToken)
    {
        var where = provider.Options.BaseUrl is { } url ? $" at {url.GetLeftPart(UriPartial.Path)}" : "";
        using var timeout = new CancellationTokenSource(Longest, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        string? why;
        try
        {
            why = await provider.WhyNotThereAsync(model, either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            why = $"It has not answered within {Longest.TotalSeconds:0} s.";
        }

        return why is null
            ? CheckResult.Ok(Model, $"{provider.Name} has {model}{where}, and lets this key in")
            : CheckResult.Missing(Model, $"{provider.Name}, {model}{where}: {why}", "Look at the key, the model and the base URL in the settings (docs/agents.md).");
    }

    private CheckResult PriceOf(ModelOptions options, string model)
    {
        if (options.Prices.GetValueOrDefault(model) is not { } price)
            return CheckResult.Warning(Price, $"of {model}: not known, so its cost is not counted, and no budget of costs is kept", PricesCure);
        var text = string.Create(CultureInfo.InvariantCulture, $"of {model}: {price.Input} in, {price.Output} out, US dollars a million tokens, as of {price.AsOf:yyyy-MM-dd}");
        return clock.GetUtcNow().UtcDateTime - price.AsOf.ToDateTime(TimeOnly.MinValue, DateTimeKind.Utc) > OldPrice
            ? CheckResult.Warning(Price, text, $"That is more than {OldPrice.TotalDays:0} days ago. {PricesCure}")
            : CheckResult.Ok(Price, text);
    }
}
