using System.Text;
using Azure.Core;
using Azure.Identity;
using Miyabi.Agents.Models;

namespace Miyabi.Cli;

/// <summary>How models are called, by the environment: <c>ANTHROPIC_API_KEY</c>, <c>OPENAI_API_KEY</c>, and <c>MIYABI_CLAUDE_MODEL</c> and the like (docs/agents.md).</summary>
internal static class EnvironmentModels
{
    /// <summary>Reads it. Touches nothing else.</summary>
    /// <param name="variable">A variable's value; <see langword="null"/>: those of this process.</param>
    /// <exception cref="UsageException">With everything that is wrong.</exception>
    internal static ModelSettings Read(Func<string, string?>? variable = null)
    {
        variable ??= Environment.GetEnvironmentVariable;
        List<string> problems = [];
        var settings = ModelSettings.Read(new ModelSettingsSource(path => variable(VariableOf(path)), VariableOf) { Entra = Entra }, problems);
        return problems.Count == 0 ? settings : throw new UsageException(string.Join('\n', problems));
    }

    /// <summary>The variable of a setting: <c>Claude:MaxOutputTokens</c> is <c>MIYABI_CLAUDE_MAX_OUTPUT_TOKENS</c>. Keys have the names that they have everywhere.</summary>
    internal static string VariableOf(string path)
    {
        if (path is ModelSettings.ClaudeKey or ModelSettings.CodexKey)
            return path;
        var name = new StringBuilder("MIYABI");
        for (var i = 0; i < path.Length; i++)
        {
            if (path[i] == ':')
                continue;
            if (char.IsUpper(path[i]) && (i == 0 || !char.IsUpper(path[i - 1])))
                name.Append('_');
            name.Append(char.ToUpperInvariant(path[i]));
        }

        return name.ToString();
    }

    private static Func<CancellationToken, ValueTask<string>> Entra(string resource)
    {
        var credential = new Lazy<TokenCredential>(() => new DefaultAzureCredential());
        var context = new TokenRequestContext([$"{resource.TrimEnd('/')}/.default"]);
        return async token => (await credential.Value.GetTokenAsync(context, token)).Token;
    }
}
