using System.Text.Json;
using Miyabi.Samples.RepoReport.Git;
using Miyabi.Samples.RepoReport.Ledger;
using Miyabi.Samples.RepoReport.Steps;

namespace Miyabi.Samples.RepoReport;

/// <summary><c>repo-report STEP [--repo PATH]</c>: the instruction comes on standard input, the output goes to standard output as
/// JSON.</summary>
/// <remarks>Exit codes: 0 the step is done; 1 it could not be done; 2 wrong arguments. Messages and progress go to standard
/// error.</remarks>
public static class CommandLine
{
    private static readonly IStep[] Steps =
    [
        new InventoryStep(), new LanguagesStep(), new LargestStep(), new TodosStep(), new DependenciesStep(), new HistoryStep(),
        new AuthorsStep(), new ChurnStep(), new HotspotsStep(), new PeopleStep(), new FoldersStep(), new SummaryStep(), new ReportStep(),
    ];

    /// <summary>Carries one step out.</summary>
    /// <param name="arguments">The step's name and its options.</param>
    /// <param name="standardInput">The instruction as JSON, or nothing for a step that reads no earlier result.</param>
    /// <param name="standardOutput">Gets the output, one JSON object.</param>
    /// <param name="standardError">Gets progress and what went wrong.</param>
    /// <param name="workspace">The folder that files are written to.</param>
    /// <returns>The exit code.</returns>
    public static int Run(string[] arguments, Stream standardInput, Stream standardOutput, TextWriter standardError, string workspace)
    {
        try
        {
            if (arguments is ["--help" or "-h"])
            {
                using var text = new StreamWriter(standardOutput, leaveOpen: true);
                text.Write(Usage());
                return 0;
            }

            var (step, repository) = Parse(arguments);
            var inputs = step.ReadsResults ? Inputs.Read(standardInput, workspace) : Inputs.None;
            var context = new StepContext(repository, inputs, workspace, standardError);
            var output = step.Run(context);
            JsonSerializer.Serialize(standardOutput, output, output.GetType(), Json.Options);
            return 0;
        }
        catch (StepException problem)
        {
            standardError.WriteLine($"repo-report: {problem.Message}");
            return problem.ExitCode;
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            standardError.WriteLine($"repo-report: a file could not be read or written: {problem.Message}");
            return 1;
        }
    }

    private static (IStep Step, GitRepository? Repository) Parse(string[] arguments)
    {
        if (arguments.Length == 0)
            throw Wrong("a step is missing.");
        var step = Array.Find(Steps, known => known.Name == arguments[0])
            ?? throw Wrong($"'{arguments[0]}' is no step.");

        string? path = null;
        for (var i = 1; i < arguments.Length; i += 2)
        {
            if (arguments[i] != "--repo" || !step.ReadsRepository)
                throw Wrong($"the step '{step.Name}' does not take '{arguments[i]}'.");
            if (path is not null)
                throw Wrong("'--repo' is given twice.");
            if (i + 1 == arguments.Length || arguments[i + 1].Length == 0)
                throw Wrong("'--repo' needs the path of a git repository.");
            path = arguments[i + 1];
        }

        if (!step.ReadsRepository)
            return (step, null);
        return (step, GitRepository.Open(path ?? throw Wrong($"the step '{step.Name}' needs '--repo PATH'.")));
    }

    private static StepException Wrong(string what) => new($"{what}{Environment.NewLine}{Usage()}", exitCode: 2);

    private static string Usage()
    {
        var withRepository = string.Join(", ", Steps.Where(step => step.ReadsRepository).Select(step => step.Name));
        var without = string.Join(", ", Steps.Where(step => !step.ReadsRepository).Select(step => step.Name));
        return $"""
            usage: repo-report STEP --repo PATH    {withRepository}
                   repo-report STEP                {without}

            One step of a report on a git repository, started by the tasks of repo-report.plan.json. All steps but 'inventory' read earlier
            results from the instruction on standard input. The output is JSON on standard output; files go to the current folder.

            """;
    }
}
