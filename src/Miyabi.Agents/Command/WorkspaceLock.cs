namespace Miyabi.Agents.Command;

/// <summary>Says that a workspace is in use. The system lets go of it when its holder dies.</summary>
internal sealed class WorkspaceLock : IDisposable
{
    private readonly string path;
    private readonly FileStream file;
    private readonly ulong? number;

    private WorkspaceLock(string path, FileStream file) =>
        (this.path, this.file, number) = (path, file, UnixFile.StatusOf(path)?.Number);

    /// <summary>Whether the workspace is still this holder's: one that was held to be dead may have lost it to another. That the file is gone, or
    /// is one that nobody holds, is the program's doing and changes nothing.</summary>
    public bool IsHeld => IsThere || !IsTaken(path);

    private bool IsThere => File.Exists(path) && UnixFile.StatusOf(path)?.Number == number;

    /// <summary>Takes it, also from one who holds it: the ledger has decided who works on the attempt.</summary>
    /// <exception cref="IOException">It cannot be made.</exception>
    public static WorkspaceLock Take(string path)
    {
        FolderTree.Remove(path);
        return new WorkspaceLock(path, new FileStream(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None));
    }

    /// <summary>Whether somebody holds it.</summary>
    public static bool IsTaken(string path)
    {
        if (FolderTree.IsLink(path) || !File.Exists(path))
            return false;
        try
        {
            using var other = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
            return false;
        }
        catch (Exception e) when (e is FileNotFoundException or UnauthorizedAccessException)
        {
            return false; // given back in this moment; or a program has tampered with it, which must not keep its workspace for ever
        }
        catch (IOException)
        {
            return true;
        }
    }

    /// <summary>Lets go of it.</summary>
    public void Dispose()
    {
        if (IsThere)
            File.Delete(path);
        file.Dispose();
    }
}
