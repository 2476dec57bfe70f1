using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace Miyabi.Storage.Directories;

/// <summary>The few calls that .NET does not offer and that a store on Unix is made of. They fail with an <see cref="IOException"/> whose HResult is errno, as .NET's own do.</summary>
[UnsupportedOSPlatform("windows")]
internal static partial class PosixFiles
{
    private const int CurrentFolder = -100;
    private const int RenameNoReplaceFlag = 1;

    private const uint AnyMode = 0x1FF; // 0777, less the umask: as .NET makes folders

    // Opening a pipe must not wait for its other end; a child process must not inherit what is open.
    private static readonly int ReadOnlyFlags = OperatingSystem.IsLinux() ? 0x800 | 0x80000 : 0x4 | 0x1000000;

    private static readonly int NoFollowFlag = OperatingSystem.IsLinux() ? NoFollowOnLinux : 0x100;

    // Linux has two numbers for it, by the processor's family.
    private static int NoFollowOnLinux => RuntimeInformation.ProcessArchitecture is Architecture.Arm or Architecture.Arm64 or Architecture.Ppc64le ? 0x8000 : 0x20000;

    /// <summary>link(2): gives a file a second name, unless that name is taken: atomic, between processes too.</summary>
    /// <returns>0, or errno.</returns>
    public static int Link(string existing, string name) => LinkCall(existing, name) == 0 ? 0 : Marshal.GetLastPInvokeError();

    /// <summary>renameat2(2) with RENAME_NOREPLACE, on Linux only.</summary>
    /// <returns>0, or errno.</returns>
    public static int RenameNoReplace(string existing, string name)
    {
        if (!OperatingSystem.IsLinux())
            return Errno.FunctionMissing;
        try
        {
            return RenameCall(CurrentFolder, existing, CurrentFolder, name, RenameNoReplaceFlag) == 0 ? 0 : Marshal.GetLastPInvokeError();
        }
        catch (EntryPointNotFoundException)
        {
            return Errno.FunctionMissing; // an old libc
        }
    }

    /// <summary>mkdir(2): makes a folder whose parent is there.</summary>
    /// <returns>Whether it did; if not, something has the name.</returns>
    public static bool MakeFolder(string path)
    {
        if (MakeFolderCall(path, AnyMode) == 0)
            return true;
        return Marshal.GetLastPInvokeError() is var errno && errno == Errno.Exists ? false : throw Error(errno, path);
    }

    /// <summary>Opens for reading, without ever waiting, whatever has the name; a link is an error.</summary>
    public static SafeFileHandle OpenToRead(string path) => Open(path, ReadOnlyFlags | NoFollowFlag);

    /// <summary>Makes the names in a folder outlast a crash of the machine.</summary>
    public static void FlushFolder(string folder)
    {
        using var handle = Open(folder, ReadOnlyFlags);
        while (FsyncCall(handle) != 0)
        {
            var errno = Marshal.GetLastPInvokeError();
            if (errno is Errno.Invalid or Errno.NotSupportedOnLinux or Errno.NotSupportedOnMac)
                return; // a file system (some of FUSE, CIFS) on which folders cannot be flushed: nothing more can be done there
            if (errno != Errno.Interrupted)
                throw Error(errno, folder);
        }
    }

    /// <summary>The exception .NET would throw.</summary>
    public static Exception Error(int errno, string path)
    {
        var message = $"{Marshal.GetPInvokeErrorMessage(errno)}: '{path}'";
        return errno switch
        {
            Errno.NoEntry or Errno.NotAFolder => new FileNotFoundException(message, path),
            Errno.NoAccess => new UnauthorizedAccessException(message),
            _ => new IOException(message, errno),
        };
    }

    private static SafeFileHandle Open(string path, int flags)
    {
        int descriptor;
        do
            descriptor = OpenCall(path, flags);
        while (descriptor < 0 && Marshal.GetLastPInvokeError() == Errno.Interrupted);
        return descriptor >= 0 ? new SafeFileHandle(descriptor, ownsHandle: true) : throw Error(Marshal.GetLastPInvokeError(), path);
    }

    [LibraryImport("libc", EntryPoint = "link", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int LinkCall(string existing, string name);

    [LibraryImport("libc", EntryPoint = "renameat2", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int RenameCall(int folder, string existing, int newFolder, string name, uint flags);

    [LibraryImport("libc", EntryPoint = "mkdir", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int MakeFolderCall(string path, uint mode);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int OpenCall(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int FsyncCall(SafeFileHandle handle);
}

/// <summary>Numbers of errors, the same on Linux and macOS unless named for one.</summary>
internal static class Errno
{
    public const int NotPermitted = 1;
    public const int NoEntry = 2;
    public const int Interrupted = 4;
    public const int NoAccess = 13;
    public const int Exists = 17;
    public const int NotAFolder = 20;
    public const int Invalid = 22;
    public const int NoSpace = 28;
    public const int ReadOnlyFileSystem = 30;
    public const int TooManyLinks = 31;
    public const int FunctionMissing = 38;
    public const int LoopOnLinux = 40;
    public const int LoopOnMac = 62;
    public const int NotSupportedOnLinux = 95;
    public const int QuotaOnLinux = 122;
    public const int NotSupportedOnMac = 45;
    public const int QuotaOnMac = 69;
}
