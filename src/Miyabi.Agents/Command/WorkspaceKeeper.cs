namespace Miyabi.Agents.Command;

/// <summary>Keeps workspaces of attempts that did not succeed, within what they may take up together.</summary>
internal sealed class WorkspaceKeeper(CommandOptions options)
{
    private readonly Lock gate = new();
    private readonly SortedDictionary<string, long> kept = new(StringComparer.Ordinal);

    /// <summary>Those that this process has kept and that are still there.</summary>
    public KeptWorkspaces Kept()
    {
        lock (gate)
        {
            var there = kept.Where(one => Directory.Exists(one.Key)).ToList();
            return new KeptWorkspaces([.. there.Select(one => one.Key)], there.Sum(one => one.Value));
        }
    }

    /// <summary>Keeps a workspace, if that is wanted and there is room; for it, others that are not in use go, those first that were changed longest ago.</summary>
    public void Keep(Workspace workspace)
    {
        if (!options.KeepFailed)
            return;
        lock (gate)
        {
            workspace.RemoveTemporary();
            var (bytes, entries) = DiskUse.Of([workspace.Folder]);
            if (bytes > options.MaxKeptBytes || entries == long.MaxValue)
                return; // too large, or too deep for a person to look into
            MakeRoom(options.MaxKeptBytes - bytes);
            workspace.Keep();
            kept[workspace.Folder] = bytes;
        }
    }

    private void MakeRoom(long room)
    {
        var inventory = new WorkspaceInventory(options.WorkspaceRoot);
        var others = inventory.List(CancellationToken.None).Where(item => !item.InUse).ToList();
        var left = others.Sum(item => item.Bytes);
        foreach (var item in others.TakeWhile(_ => left > room))
        {
            if (inventory.Remove(item))
                left -= item.Bytes;
        }
    }
}
