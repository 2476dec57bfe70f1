using System.Collections.Immutable;
using System.Text.Json;
using Miyabi.Core.Json;
using Miyabi.Core.Plans;

namespace Miyabi.Core.FrontDoor;

/// <summary>Reads a plan that comes without a file: by itself, or in an object with what is said beside it; and says everything that is wrong at once.</summary>
/// <remarks>
/// <code>{ "plan": {...}, "runId": "release-7", "options": { "schedule": "ready", "maxParallel": 5, "providers": { "claude": "simulated" }, "reuse": true, "speed": 10 } }</code>
/// As strict as <see cref="PlanReader"/>, and with the same bounds over all. A plan that asks for <c>inputs</c> is an error here: they are paths of somebody's machine.
/// </remarks>
public static class RunRequestReader
{
    private const string PlanName = "plan";
    private const int MaxProviderName = 64;
    private const decimal MaxSpeed = 100_000m; // RunWish.MaxSpeed

    /// <summary>Reads it from its UTF-8 bytes.</summary>
    /// <returns>Never throws for any content.</returns>
    public static RunRequest Read(ReadOnlyMemory<byte> utf8)
    {
        if (utf8.Length > PlanLimits.MaxPlanBytes)
            return new(PlanReader.Read(utf8), null, new RunWish());
        var text = utf8.Span.StartsWith("\uFEFF"u8) ? utf8[3..] : utf8;
        var (root, errors) = JsonTreeReader.Read(text.Span);
        var log = new PlanErrorLog();
        log.AddRange(errors);
        string? id = null;
        var wish = new RunWish();
        var place = root;
        if (root is { Kind: JsonValueKind.Object } && (root.Find(PlanName) is not null || root.Find("tasks") is null && (root.Find("runId") ?? root.Find("options")) is not null))
        {
            var fields = PlanFields.Of(root, log, PlanName, "runId", "options")!;
            place = fields.Required(PlanName, "{ \"name\": \"my-plan\", \"version\": 1, ... }");
            id = root.Find("runId") is { } given ? PlanIds.Read(given, log) : null;
            wish = Options(root.Find("options"), log);
        }

        var (plan, json) = place is null ? (null, default)
            : TaskQueueImporter.IsQueue(place) ? TaskQueueImporter.Read(place, text, log)
            : (PlanFileReader.Read(place, text, log), place.Raw(text));
        if (place is { Kind: JsonValueKind.Object } && place.Find("inputs") is { Children.Count: > 0 } inputs)
        {
            log.Add(
                "inputsNotPossible", inputs, "This plan asks for inputs, which are paths of the machine that it is carried out on.",
                "Carry it out with 'miyabi run' on the machine that has them, or leave 'inputs' out.", atName: true);
        }

        // Nothing that was not said may be done, so what is wrong beside the plan counts as much.
        return plan is null || !log.IsEmpty ? new(new(null, log.ToErrors(text.Span), default), id, wish) : new(new(plan, [], json), id, wish);
    }

    private static RunWish Options(JsonTree? node, PlanErrorLog log)
    {
        var fields = PlanFields.Of(node, log, "schedule", "maxParallel", "providers", "reuse", "speed");
        if (fields is null)
            return new RunWish();
        return new RunWish
        {
            Schedule = fields.Choice("schedule", PlanWords.Schedules),
            MaxParallel = (int?)fields.Integer("maxParallel", 1, PlanLimits.MaxParallel),
            Providers = Providers(fields, log),
            Reuse = fields.Flag("reuse") ?? false,
            Speed = (double)(fields.Amount("speed", 0, MaxSpeed, leastIncluded: false) ?? 1),
        };
    }

    private static ImmutableDictionary<AgentKind, string> Providers(PlanFields options, PlanErrorLog log)
    {
        var providers = ImmutableDictionary.CreateBuilder<AgentKind, string>();
        if (PlanFields.Of(options.Find("providers"), log, [.. PlanWords.Kinds.Keys.Order(StringComparer.Ordinal)]) is not { } fields)
            return providers.ToImmutable();
        foreach (var (name, kind) in PlanWords.Kinds)
        {
            if (fields.Text(name, 1, MaxProviderName, oneLine: true) is { } provider)
                providers[kind] = provider;
        }

        return providers.ToImmutable();
    }
}
