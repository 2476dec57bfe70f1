namespace Miyabi.Cli.Tests.EndToEnd;

/// <summary>A test that needs signals, a shell, or another thing of Unix.</summary>
internal sealed class UnixFactAttribute : FactAttribute
{
    public UnixFactAttribute() => Skip = OperatingSystem.IsWindows() ? "Needs a Unix system." : null;
}

/// <summary>A test that needs a terminal: <c>script</c> of util-linux makes one.</summary>
internal sealed class TerminalFactAttribute : FactAttribute
{
    public TerminalFactAttribute() =>
        Skip = OperatingSystem.IsLinux() && File.Exists("/usr/bin/script") ? null : "Needs 'script' of util-linux, which makes a terminal.";
}

/// <summary>A test that needs what Linux tells of processes.</summary>
internal sealed class LinuxFactAttribute : FactAttribute
{
    public LinuxFactAttribute() => Skip = OperatingSystem.IsLinux() ? null : "Needs /proc.";
}
