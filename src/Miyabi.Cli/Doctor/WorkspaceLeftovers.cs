using Miyabi.Agents.Command;

namespace Miyabi.Cli.Doctor;

/// <summary>Workspaces of command agents that no live process uses: of killed runners, or kept after a failure.</summary>
/// <param name="inventory">The workspaces.</param>
/// <param name="isAtWork">Whether a run is at work.</param>
/// <param name="only">One run; <see langword="null"/>: all.</param>
internal sealed class WorkspaceLeftovers(WorkspaceInventory inventory, Func<string, CancellationToken, Task<bool>> isAtWork, string? only) : ILeftovers
{
    public async Task<IReadOnlyList<Leftover>> FindAsync(Action<Unreadable> unreadable, CancellationToken cancellationToken)
    {
        List<Leftover> found = [];
        foreach (var item in (await inventory.ListAsync(cancellationToken)).Where(item => only is null || item.Run == only))
        {
            var keptFor = item.InUse ? "it is in use" : await isAtWork(item.Run, cancellationToken) ? "the run is at work" : null;
            found.Add(new Leftover(
                LeftoverKind.Workspace, item.Run, Path.GetRelativePath(inventory.Root, item.Folder), item.ChangedAt, item.Bytes, keptFor, token => RemoveAsync(item, token)));
        }

        return found;
    }

    private async Task<bool> RemoveAsync(WorkspaceItem item, CancellationToken cancellationToken) =>
        !await isAtWork(item.Run, cancellationToken) && await inventory.RemoveAsync(item, cancellationToken);
}
