namespace Miyabi.Agents.Models;

/// <summary>What a provider of models needs before it can take a task.</summary>
internal static class ModelNeeds
{
    /// <summary>What is missing, for people; <see langword="null"/>: nothing.</summary>
    public static string? WhyNot(string provider, ModelOptions options) => options.Credential is null
        ? $"The provider '{provider}' has no key: set {options.KeySetting}, or use another provider, e.g. simulated."
        : null;

    /// <inheritdoc cref="IModelProvider.WhyNotThereAsync"/>
    public static async Task<string?> WhyNotThereAsync(Func<IModelClient> newClient, ModelOptions options, string model, CancellationToken cancellationToken)
    {
        var client = newClient();
        try
        {
            await client.LookAsync(model, cancellationToken);
            return null;
        }
        catch (ModelCallException e)
        {
            return options.Credential?.Key is { } key ? e.Message.Replace(key, "***", StringComparison.Ordinal) : e.Message;
        }
        finally
        {
            (client as IDisposable)?.Dispose();
        }
    }
}
