using Miyabi.Cli;
using Miyabi.Cli.Commands;

var output = Console.Out;
var error = Console.Error;
try
{
    var parsed = Root.Create().Parse(args);
    if (parsed.Errors.Count > 0)
        throw new UsageException([.. parsed.Errors.Select(found => found.Message), $"See: miyabi {Root.PathOf(parsed)}--help"]);
    return await parsed.InvokeAsync(new() { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null, Output = output, Error = error });
}
catch (Exception e) when (Failures.Describe(e) is var (code, text))
{
    foreach (var line in text.Split('\n'))
        await error.WriteLineAsync($"miyabi: {Printable.Text(line)}");
    return code;
}
