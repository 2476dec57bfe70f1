using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Miyabi.Agents.Command;

/// <summary>What .NET does not say of a Unix file, and the signals that it does not send.</summary>
internal static class UnixFile
{
    private const int CurrentFolder = -100;
    private const int DoNotFollowLinks = 0x100;
    private const uint TypeModeOwnerNumberAndBlocks = 0x1 | 0x2 | 0x8 | 0x100 | 0x400;
    private const int TerminateSignal = 15;
    private const int KillSignal = 9;

    /// <summary>Whose process this is.</summary>
    public static uint CurrentUser => GetEffectiveUser();

    /// <summary>Of the entry itself, not of what a link leads to; <see langword="null"/> off Linux, or where there is none.</summary>
    public static UnixFileStatus? StatusOf(string path)
    {
        if (!OperatingSystem.IsLinux())
            return null;

        // struct statx has one layout on every architecture: owner at byte 20, mode at 28, inode at 32, blocks of 512 bytes at 48; 256 bytes in all.
        var status = new byte[256];
        return StatX(CurrentFolder, path, DoNotFollowLinks, TypeModeOwnerNumberAndBlocks, status) == 0
            ? new UnixFileStatus(
                BinaryPrimitives.ReadUInt32LittleEndian(status.AsSpan(20)),
                (BinaryPrimitives.ReadUInt16LittleEndian(status.AsSpan(28)) & 0xF000) == 0x8000,
                BinaryPrimitives.ReadUInt64LittleEndian(status.AsSpan(32)),
                BinaryPrimitives.ReadInt64LittleEndian(status.AsSpan(48)) * 512)
            : null;
    }

    /// <summary>Kills a process, or for a negative id the process group; false if there is none to kill.</summary>
    public static bool Kill(int process) => SendSignal(process, KillSignal) == 0;

    /// <summary>Asks a process, or for a negative id the process group, to end.</summary>
    public static void Terminate(int process) => _ = SendSignal(process, TerminateSignal);

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

/// <summary>Of a file: its owner by number, whether it is a regular one, its own number on its disk, and how much of the disk it takes up.</summary>
internal readonly record struct UnixFileStatus(uint Owner, bool IsRegular, ulong Number, long BytesOnDisk);
