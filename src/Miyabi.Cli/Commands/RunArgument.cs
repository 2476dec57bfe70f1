using System.CommandLine;
using Miyabi.Core.Activities;
using Miyabi.Core.Ledger;
using Miyabi.Core.Plans;

namespace Miyabi.Cli.Commands;

/// <summary>The argument that names a run.</summary>
internal static class RunArgument
{
    private const string Name = "RUN";

    internal static Argument<string> Create() => new(Name) { Description = "The run's id (miyabi list shows them)" };

    internal static string Of(ParseResult parsed, Argument<string> argument)
    {
        var id = parsed.GetRequiredValue(argument);
        return PlanLimits.IsId(id) ? id : throw new UsageException($"'{id}' is no run id. See which runs there are: miyabi list");
    }

    /// <summary>The id that a command was given, of whatever command; <see langword="null"/>: none, or no id.</summary>
    internal static string? OrNull(ParseResult parsed) =>
        parsed.CommandResult.Command.Arguments.OfType<Argument<string>>().FirstOrDefault(argument => argument.Name == Name) is { } argument
        && parsed.GetResult(argument) is { Tokens: [{ Value: var id }] } && PlanLimits.IsId(id) ? id : null;

    /// <summary>Throws if the store has nothing of the run: before anything is made, keys included.</summary>
    internal static async Task CheckThereAsync(IBlobStore store, string run, CancellationToken cancellationToken)
    {
        await foreach (var folder in store.ListFoldersAsync(LedgerPath.Runs, cancellationToken))
        {
            if (folder == run)
                return;
        }

        throw new RunNotFoundException(run);
    }
}
