using System.Text;

namespace Miyabi.Samples.RepoReport.Tests;

/// <summary>Calls the tool as its process would be.</summary>
internal static class Tool
{
    public static (int ExitCode, string Output, string Error) Run(string[] arguments, string instruction = "", string? workspace = null)
    {
        using var input = new MemoryStream(Encoding.UTF8.GetBytes(instruction));
        using var output = new MemoryStream();
        using var error = new StringWriter();
        var exitCode = CommandLine.Run(arguments, input, output, error, workspace ?? Path.GetTempPath());
        return (exitCode, Encoding.UTF8.GetString(output.ToArray()), error.ToString());
    }
}
