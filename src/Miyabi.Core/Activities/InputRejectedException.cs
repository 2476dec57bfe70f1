namespace Miyabi.Core.Activities;

/// <summary>An attempt cannot be made, because what another task put out is not what was accepted any more.</summary>
/// <remarks>The message ends with the command that helps, so that whoever shows it can add what names the store.</remarks>
/// <param name="run">The run's id.</param>
/// <param name="task">The task whose result or file it is.</param>
/// <param name="why">What is wrong with which document.</param>
internal sealed class InputRejectedException(string run, string task, string why) : Exception(
    $"The input from {task} cannot be used: {why.TrimEnd('.')}. Put the original back from a copy of the store and retry the run, or have {task} "
    + $"carried out again, with all that depends on it: miyabi retry {run} {task}");
