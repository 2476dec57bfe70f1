using Miyabi.Core.Agents;
using Miyabi.Core.Plans;

namespace Miyabi.Agents.Models;

/// <summary>What a call uses up at most, before it is made.</summary>
internal static class ModelReserve
{
    // Fewer than anything we know has on average: English has about 4, code and JSON about 3, Chinese and Japanese 2 to 3.
    private const int BytesPerToken = 2;

    /// <summary>The whole prompt at 2 bytes a token, and the longest answer, at the highest price for each.</summary>
    public static AgentUsage Of(ModelOptions options, AgentSpec agent, PlanTask task, int pieces, long bytes)
    {
        var terms = options.TermsOf(agent, task);
        var prompt = Math.Min(PromptComposer.BytesAtMost(agent.Kind, task, pieces, Math.Min(bytes, terms.MaxPromptBytes)), terms.MaxPromptBytes);
        var input = (prompt / BytesPerToken) + 1;
        var price = options.Prices.GetValueOrDefault(terms.Name);
        return new AgentUsage(input, terms.MaxOutputTokens, price?.AtMost(input, terms.MaxOutputTokens) ?? 0m) { Unpriced = price is null };
    }
}
