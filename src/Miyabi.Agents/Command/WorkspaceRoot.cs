using Miyabi.Core.Agents;

namespace Miyabi.Agents.Command;

/// <summary>The folder that all workspaces lie in.</summary>
/// <remarks>The default one lies where every user may make folders, so one that is there already is looked at before it is used.</remarks>
internal static class WorkspaceRoot
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>Makes it if it is not there, and makes sure that nobody else can put anything into it.</summary>
    /// <exception cref="AttemptFailedException">It is a link, another user's, or others may write to it.</exception>
    public static void Ensure(string root)
    {
        if (FolderTree.IsLink(root))
            throw Refused(root, "it is a link", "Remove it");
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(root);
            return;
        }

        if (!Directory.Exists(root))
            Directory.CreateDirectory(root, OwnerOnly);
        if (!IsOwn(root))
            throw Refused(root, "it belongs to another user", "Have it removed");
        if ((File.GetUnixFileMode(root) & (UnixFileMode.GroupWrite | UnixFileMode.OtherWrite)) != UnixFileMode.None)
            throw Refused(root, "others may write to it", "Take that away (chmod go-w), remove it");
    }

    [System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
    private static bool IsOwn(string root)
    {
        if (UnixFile.StatusOf(root) is { } status)
            return status.Owner == UnixFile.CurrentUser;

        // Only its owner may change a file's mode.
        try
        {
            File.SetUnixFileMode(root, File.GetUnixFileMode(root));
            return true;
        }
        catch (UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static AttemptFailedException Refused(string root, string reason, string cure) =>
        new(FailureKind.Unavailable, $"The folder for workspaces, {root}, is not used: {reason}. {cure}, or give another folder.");
}
