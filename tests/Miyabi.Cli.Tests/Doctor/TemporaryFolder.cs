namespace Miyabi.Cli.Tests.Doctor;

/// <summary>A folder that is gone afterwards.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("miyabi-doctor-").FullName;

    public string this[string name] => System.IO.Path.Combine(Path, name);

    /// <summary>Sets permissions as chmod does, where there are any.</summary>
    public static void SetMode(string path, string octal)
    {
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, (UnixFileMode)Convert.ToInt32(octal, 8));
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
