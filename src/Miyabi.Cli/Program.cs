using Miyabi.Cli;
using Miyabi.Cli.Commands;

var output = Console.Out;
var error = Console.Error;
var parsed = Root.Create().Parse(args);
try
{
    if (parsed.Action is not HelpAction && UsageErrors.Of(parsed) is { Count: > 0 } problems)
        throw new UsageException(problems);
    return await parsed.InvokeAsync(new() { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null, Output = output, Error = error });
}
catch (Exception e) when (Failures.Describe(e, Root.StoreHintOf(parsed), RunArgument.OrNull(parsed), RemoteOptions.AreMeant(parsed)) is var (code, text))
{
    foreach (var line in text.Split('\n'))
        await error.WriteLineAsync($"miyabi: {Printable.Text(line)}");
    return code;
}
