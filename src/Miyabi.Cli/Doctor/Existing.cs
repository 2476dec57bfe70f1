namespace Miyabi.Cli.Doctor;

/// <summary>What is there already on the way to a path.</summary>
internal static class Existing
{
    /// <summary>The folder itself, or the nearest above it that is there.</summary>
    internal static string FolderAbove(string path)
    {
        var folder = Path.GetFullPath(path);
        while (!Directory.Exists(folder) && Path.GetDirectoryName(folder) is { } parent)
            folder = parent;
        return folder;
    }

    /// <summary>A file where a folder is needed to get to a path, the path itself included; <see langword="null"/>: there is none.</summary>
    internal static string? FileOnTheWay(string path)
    {
        for (string? at = Path.GetFullPath(path); at is not null && !Directory.Exists(at); at = Path.GetDirectoryName(at))
        {
            if (File.Exists(at))
                return at;
        }

        return null;
    }

    /// <summary>Why this user cannot make a folder, or cannot make something in one that is there; <see langword="null"/> if it can.</summary>
    internal static string? WhyNotWritable(string path)
    {
        var folder = FolderAbove(path);
        if (FileOnTheWay(path) is { } file)
            return $"{file} is a file.";
        try
        {
            var probe = Path.Join(folder, $".miyabi-doctor-{Guid.NewGuid():N}");
            Directory.CreateDirectory(probe);
            Directory.Delete(probe);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return e.Message;
        }
    }
}
