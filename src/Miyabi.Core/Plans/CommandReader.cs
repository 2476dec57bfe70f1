using System.Collections.Immutable;
using System.Text.Json;
using System.Text.RegularExpressions;
using Miyabi.Core.Json;

namespace Miyabi.Core.Plans;

/// <summary>Reads the <c>command</c> of an agent or a task.</summary>
internal sealed partial class CommandReader(PlanErrorLog log, IReadOnlyCollection<string> inputs)
{
    public CommandSettings? Read(JsonTree? node)
    {
        if (PlanFields.Of(node, log, "run", "arguments", "output", "environment", "passEnvironment") is not { } fields)
            return null;
        var run = fields.Items("run", 1, PlanLimits.MaxArguments);
        if (run is [{ Kind: JsonValueKind.String, Text: "" } program, ..])
            log.Add("tooShort", program, "The program has no name.", "Write the program to start, e.g. \"git\".");
        return new CommandSettings
        {
            Run = Arguments(run),
            Arguments = Arguments(fields.Items("arguments", 0, PlanLimits.MaxArguments)),
            Output = fields.Choice("output", PlanWords.Outputs),
            Environment = Environment(fields),
            PassEnvironment = PassEnvironment(fields),
        };
    }

    private ImmutableArray<string> Arguments(IReadOnlyList<JsonTree> items)
    {
        foreach (var item in items.Where(IsArgument))
            CheckPlaceholders(item);
        return [.. items.Select(item => item.Text)];
    }

    private bool IsArgument(JsonTree item)
    {
        if (PlanFields.Text(item, log, 0, PlanLimits.MaxArgumentCharacters) is not { } text)
            return false;
        if (!text.Contains('\0'))
            return true;
        log.Add("controlCharacter", item, "This text has a NUL character, which no program can be given.", "Leave it out.");
        return false;
    }

    private void CheckPlaceholders(JsonTree item)
    {
        var text = item.Text;
        for (var at = text.IndexOf("${", StringComparison.Ordinal); at >= 0; at = text.IndexOf("${", at + 2, StringComparison.Ordinal))
        {
            var end = text.IndexOf('}', at);
            if (end < 0)
            {
                log.Add("unknownPlaceholder", item, "A '${' is not closed.", "Write '${input.NAME}', '${plan.dir}' or '${workspace}'.");
                return;
            }

            var name = text[(at + 2)..end];
            if (name is "plan.dir" or "workspace" || (name.StartsWith("input.", StringComparison.Ordinal) && inputs.Contains(name[6..])))
                continue;
            var known = inputs.Select(input => $"input.{input}").Concat(["plan.dir", "workspace"]);
            var cure = NearestName.Of(name, known) is { } near
                ? $"Did you mean '${{{near}}}'?"
                : "Known are '${plan.dir}', '${workspace}' and '${input.NAME}' for the names in the plan's 'inputs'.";
            log.Add("unknownPlaceholder", item, $"'${{{JsonTree.Shown(name)}}}' stands for nothing.", cure);
        }
    }

    private ImmutableSortedDictionary<string, string> Environment(PlanFields fields)
    {
        var variables = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        foreach (var member in fields.Members("environment", PlanLimits.MaxVariables))
        {
            if (IsVariableName(member.Name!, member, atName: true) & IsArgument(member))
                variables[member.Name!] = member.Text;
        }

        return variables.ToImmutable();
    }

    // Named as everywhere else, not as our settings are.
    private static readonly string[] ModelKeys = ["ANTHROPIC_API_KEY", "OPENAI_API_KEY"];

    private ImmutableArray<string> PassEnvironment(PlanFields fields) =>
    [
        .. fields.Items("passEnvironment", 0, PlanLimits.MaxVariables)
            .Where(item => PlanFields.Is(item, JsonValueKind.String, log) && IsVariableName(item.Text, item, atName: false) && IsNoSetting(item))
            .Select(item => item.Text),
    ];

    // The installation's settings are keys and secrets among others. A plan can come from anyone who may start a run.
    private bool IsNoSetting(JsonTree item)
    {
        if (!item.Text.StartsWith("MIYABI_", StringComparison.OrdinalIgnoreCase) && !ModelKeys.Contains(item.Text, StringComparer.OrdinalIgnoreCase))
            return true;
        log.Add(
            "settingNotPassed", item, $"'{JsonTree.Shown(item.Text)}' is a setting of the installation, and no program is given those.",
            "Give the runner a variable of another name for the program.");
        return false;
    }

    private bool IsVariableName(string name, JsonTree place, bool atName)
    {
        if (name.Length <= PlanLimits.MaxArgumentCharacters && VariableName().IsMatch(name))
            return true;
        log.Add(
            "invalidVariableName", place, $"'{JsonTree.Shown(name)}' is no name of a variable.",
            "Use letters, digits and '_', not beginning with a digit.", atName);
        return false;
    }

    [GeneratedRegex(@"\A[A-Za-z_][A-Za-z0-9_]*\z", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex VariableName();
}
