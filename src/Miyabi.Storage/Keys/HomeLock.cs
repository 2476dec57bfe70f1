using Miyabi.Storage.Directories;

namespace Miyabi.Storage.Keys;

/// <summary>Makes changes of the home folder wait for one another, between processes too. The system frees the lock when its holder dies.</summary>
internal static class HomeLock
{
    /// <summary>Permissions of every file here.</summary>
    public const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private const string FileName = "home.lock";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);

    /// <summary>Takes the lock, making the home folder for its owner only if need be. Waits 10 s at most.</summary>
    public static async Task<IDisposable> TakeAsync(string home, CancellationToken cancellationToken)
    {
        var path = Path.Combine(home, FileName);
        var options = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.None };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = OwnerOnly;
        var started = TimeProvider.System.GetTimestamp();
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                MakeHome(home);
                return new FileStream(path, options);
            }
            catch (IOException) when (File.Exists(path) && TimeProvider.System.GetElapsedTime(started) < Patience)
            {
                await Task.Delay(Pause, cancellationToken); // another holds it: a change takes milliseconds
            }
            catch (IOException e) when (File.Exists(path))
            {
                throw new KeyException($"{path} is held by another process for {Patience.TotalSeconds:0} s. End that 'miyabi keys' or first run, then do the same again.", e);
            }
            catch (Exception e) when (StoreFailure.IsFileTrouble(e))
            {
                throw Trouble("write", path, e);
            }
        }
    }

    /// <summary>A new name for a file that is not finished, in the same folder.</summary>
    public static string NewAside(string home, string name) => Path.Combine(home, $"~{name}.{Guid.NewGuid():N}");

    /// <summary>An exception of the file system as one of the keys.</summary>
    public static KeyException Trouble(string doing, string file, Exception e) =>
        new($"Cannot {doing} {file}: {e.Message.TrimEnd('.')}. Give this user the right to it, or name another folder with {MiyabiHome.Variable}.", e);

    private static void MakeHome(string home)
    {
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(home); // under the user's profile it inherits that no one else reads it
        else if (!Directory.Exists(home))
            Directory.CreateDirectory(home, OwnerOnly | UnixFileMode.UserExecute);
    }
}
