using Miyabi.Core.Ledger;

namespace Miyabi.Storage.Directories;

/// <summary>Says what is wrong with a folder, and what to do.</summary>
internal static class StoreFailure
{
    private const int WindowsDiskFull = unchecked((int)0x80070070);
    private const int WindowsHandleDiskFull = unchecked((int)0x80070027);

    /// <summary>Whether an exception comes from the file system.</summary>
    public static bool IsFileTrouble(Exception e) => e is IOException or UnauthorizedAccessException;

    /// <summary>An exception of the file system as one of the store.</summary>
    public static StoreException From(Exception e, string doing, string path, string root) =>
        new(StoreFault.Unavailable, $"Cannot {doing} {path}: {Reason(e, root)}", e);

    /// <summary>A root that is no folder.</summary>
    public static StoreException RootIsFile(string root) =>
        new(StoreFault.NotAStore, $"The store {root} is a file; a store is a folder. Name another with --store, or move the file away.");

    /// <summary>A root that cannot be made, whoever tries.</summary>
    public static StoreException RootCannotBe(string root, Exception e) =>
        new(StoreFault.NotAStore, $"The store {root} cannot be made: {e.Message} Name another folder with --store.", e);

    /// <summary>A name behind which is something else than a file or a folder of the store.</summary>
    public static StoreException Foreign(string path, string what) =>
        new(StoreFault.Unavailable, $"{path} is {what}, which no store makes and this one does not follow. Remove it, or put the file itself there.");

    /// <summary>Whether the same may succeed once someone has made room or given rights.</summary>
    public static bool IsForNow(Exception e) => e is UnauthorizedAccessException || IsFull(e) || IsReadOnly(e);

    /// <summary>Whether this user may not write there: nothing that waiting mends.</summary>
    public static bool IsNotAllowed(Exception e) => e is UnauthorizedAccessException || IsReadOnly(e);

    private static string Reason(Exception e, string root)
    {
        if (IsFull(e))
            return "the disk is full, or a quota is used up. Make room, then do the same again.";
        if (IsReadOnly(e))
            return $"the file system is read-only. Mount it writable, or name another folder than {root} with --store.";
        if (e is UnauthorizedAccessException)
            return $"permission denied. Give this user the right to read and write {root}, or name another folder with --store.";
        return $"{e.Message.TrimEnd('.')}. Check that {root} can be reached, read and written, or name another folder with --store.";
    }

    private static bool IsFull(Exception e) =>
        e is IOException && e.HResult is Errno.NoSpace or Errno.QuotaOnLinux or Errno.QuotaOnMac or WindowsDiskFull or WindowsHandleDiskFull;

    private static bool IsReadOnly(Exception e) => e is IOException && e.HResult == Errno.ReadOnlyFileSystem;
}
