using System.Globalization;
using System.Text;

namespace Miyabi.Agents.Command;

/// <summary>A process as Linux shows it in <c>/proc</c>.</summary>
/// <param name="Id">Its id.</param>
/// <param name="HasEnded">It is only there to be fetched by its parent.</param>
/// <param name="Parent">Its parent's id.</param>
/// <param name="Session">Its session's id.</param>
/// <param name="Started">Its start time in clock ticks since the boot.</param>
internal sealed record LinuxProcess(int Id, bool HasEnded, int Parent, int Session, string Started)
{
    private static readonly byte[] Variable = Encoding.UTF8.GetBytes(CommandEnvironment.WorkspaceVariable + "=");

    /// <summary>All of them.</summary>
    public static IEnumerable<LinuxProcess> All()
    {
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder.AsSpan()), NumberStyles.None, CultureInfo.InvariantCulture, out var id) && Find(id) is { } found)
                yield return found;
        }
    }

    /// <summary>One of them, if it is there.</summary>
    public static LinuxProcess? Find(int id)
    {
        try
        {
            // "id (name) state parent group session ...", the start time is the 22nd, and the name may hold anything.
            var status = File.ReadAllText($"/proc/{id}/stat");
            var fields = status[(status.LastIndexOf(')') + 2)..].Split(' ');
            return new LinuxProcess(id, fields[0] is "Z" or "X", Number(fields[1]), Number(fields[3]), fields[19]);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null; // it has ended
        }
    }

    /// <summary>The workspace in the environment that it was started with; <see langword="null"/>: none, or another user's process.</summary>
    public string? Workspace()
    {
        try
        {
            var environment = File.ReadAllBytes($"/proc/{Id}/environ").AsSpan();
            foreach (var range in environment.Split((byte)0))
            {
                if (environment[range].StartsWith(Variable))
                    return Encoding.UTF8.GetString(environment[range][Variable.Length..]);
            }

            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>The folder it works in; <see langword="null"/>: as above.</summary>
    public string? Folder()
    {
        try
        {
            return new FileInfo($"/proc/{Id}/cwd").LinkTarget;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static int Number(string field) => int.Parse(field, CultureInfo.InvariantCulture);
}
