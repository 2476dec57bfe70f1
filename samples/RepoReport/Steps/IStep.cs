namespace Miyabi.Samples.RepoReport.Steps;

/// <summary>One task's work.</summary>
internal interface IStep
{
    /// <summary>Its name on the command line, and the <c>step</c> property of its output.</summary>
    string Name { get; }

    /// <summary>Whether it reads the repository (<c>--repo</c>), and not earlier results alone.</summary>
    bool ReadsRepository { get; }

    /// <summary>Whether it reads earlier results: all do but the first.</summary>
    bool ReadsResults => true;

    /// <summary>Does the work.</summary>
    /// <returns>The output; its properties become JSON.</returns>
    /// <exception cref="StepException">The work cannot be done.</exception>
    object Run(StepContext context);
}
