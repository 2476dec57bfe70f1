using System.CommandLine;
using Miyabi.Cli.Contracts;
using Miyabi.Cli.View;
using Miyabi.Core.Verification;

namespace Miyabi.Cli.Commands;

/// <summary><c>miyabi verify RUN</c>: proves a run, or names each wrong document.</summary>
internal static class VerifyCommand
{
    internal static Command Create()
    {
        var run = RunArgument.Create();
        var root = new Option<string?>("--expect-root")
        {
            Description = "The root that the run had when it ended: proves that nothing was removed since, the newest documents included",
            HelpName = "SHA256",
        };
        var command = new Command("verify", Root.Help(
            "Reads every document of a run again and proves it by the seals and digests, or names each document that is wrong and how", "verify hello-20260131-120000-1a2b"))
        {
            run, root,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var expected = parsed.GetValue(root);
            if (expected is not null && (expected.Length != 64 || !expected.All(char.IsAsciiHexDigitLower)))
                throw new UsageException($"--expect-root {expected}: give the 64 hex digits that verify or the manifest shows as root.");
            using var installation = await Installation.OpenForReadingAsync(Root.SourceOf(parsed), cancellationToken);
            var report = await new RunVerifier(installation.Store, installation.Trust).VerifyAsync(RunArgument.Of(parsed, run), expected, cancellationToken);
            if (parsed.GetValue(Root.Json))
                await Contract.WriteAsync(report);
            else
                VerificationRenderer.Render(Terminal.Console, report);
            // Whether a key is to be trusted is no question that its app can answer; what its key is, is one.
            if (RemoteOptions.AreMeant(parsed) && report.Findings.Any(finding => finding.Kind == FindingKind.UnknownKey))
                await Console.Error.WriteLineAsync($"miyabi: To see the app's key, and trust it if it is the right one: miyabi keys trust{Root.StoreHintOf(parsed)}");
            return report.IsProven ? ExitCode.Success : ExitCode.Failed;
        });
        return command;
    }
}
