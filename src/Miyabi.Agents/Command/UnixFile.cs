using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Miyabi.Agents.Command;

/// <summary>What .NET does not say of a Unix file: who owns it, and whether it is a regular one.</summary>
internal static class UnixFile
{
    private const int CurrentFolder = -100;
    private const int DoNotFollowLinks = 0x100;
    private const uint TypeModeAndOwner = 0x1 | 0x2 | 0x8;

    /// <summary>Whose process this is.</summary>
    public static uint CurrentUser => GetEffectiveUser();

    /// <summary>Of the entry itself, not of what a link leads to; <see langword="null"/> off Linux, or where there is none.</summary>
    public static UnixFileStatus? StatusOf(string path)
    {
        if (!OperatingSystem.IsLinux())
            return null;

        // struct statx has one layout on every architecture: owner at byte 20, mode at byte 28, 256 bytes in all.
        var status = new byte[256];
        return StatX(CurrentFolder, path, DoNotFollowLinks, TypeModeAndOwner, status) == 0
            ? new UnixFileStatus(
                BinaryPrimitives.ReadUInt32LittleEndian(status.AsSpan(20)),
                (BinaryPrimitives.ReadUInt16LittleEndian(status.AsSpan(28)) & 0xF000) == 0x8000)
            : null;
    }

    /// <summary>Kills a process, or for a negative id the process group; false if there is none to kill.</summary>
    public static bool Kill(int process) => SendSignal(process, 9) == 0;

    [DllImport("libc", EntryPoint = "geteuid")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern uint GetEffectiveUser();

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SendSignal(int process, int signal);

    [DllImport("libc", EntryPoint = "statx")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int StatX(
        int folder, [MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags, uint mask, [Out] byte[] status);
}

/// <summary>A file's owner by number, and whether it is a regular file.</summary>
internal readonly record struct UnixFileStatus(uint Owner, bool IsRegular);
