using System.Text.Json.Nodes;
using Microsoft.Azure.Functions.Worker.Core.FunctionMetadata;

namespace Orchestrator.Functions;

/// <summary>Tells the host to ask for no function keys: App Service's authentication lets in who may ask, and handlers refuse whom it does not name.</summary>
/// <remarks>The host learns what functions there are from the worker, which hands them through here.</remarks>
internal sealed class NoKeys : IFunctionMetadataTransformer
{
    private const string Level = "authLevel";

    /// <inheritdoc/>
    public string Name => "Miyabi.NoKeys";

    /// <inheritdoc/>
    public void Transform(IList<IFunctionMetadata> original)
    {
        foreach (var bindings in original.Select(function => function.RawBindings).OfType<IList<string>>())
        {
            for (var i = 0; i < bindings.Count; i++)
            {
                if (JsonNode.Parse(bindings[i]) is JsonObject binding && IsTrigger(binding))
                {
                    binding[Level] = "Anonymous";
                    bindings[i] = binding.ToJsonString();
                }
            }
        }
    }

    private static bool IsTrigger(JsonObject binding) =>
        string.Equals(binding["type"]?.GetValue<string>(), "httpTrigger", StringComparison.OrdinalIgnoreCase) && binding.ContainsKey(Level);
}
