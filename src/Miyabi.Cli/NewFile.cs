using Miyabi.Core.Ledger;

namespace Miyabi.Cli;

/// <summary>A file that a command is to make where there is none.</summary>
internal sealed class NewFile
{
    private readonly string option;
    private readonly string path;

    private NewFile(string option, string path) => (this.option, this.path) = (option, path);

    /// <summary>Its full path.</summary>
    internal string Path => path;

    /// <summary>Takes an option's value; touches nothing.</summary>
    /// <exception cref="UsageException">There is something of the name, or no folder for it.</exception>
    internal static NewFile Of(string option, string value)
    {
        if (value.Length == 0 || value.Contains('\0') || System.IO.Path.EndsInDirectorySeparator(value))
            throw new UsageException($"{option} {value}: give the name of a file.");
        var file = new NewFile(option, System.IO.Path.GetFullPath(value));
        file.CheckFree();
        return Directory.Exists(System.IO.Path.GetDirectoryName(file.path))
            ? file
            : throw new UsageException($"{option} {file.path}: the folder is not there. Make it first, or name another.");
    }

    /// <summary>Writes it: nobody sees a part of it.</summary>
    internal async Task WriteAsync(ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        var aside = $"{path}.{Guid.NewGuid():N}.tmp";
        try
        {
            try
            {
                await using (var stream = new FileStream(aside, FileMode.CreateNew, FileAccess.Write))
                {
                    await stream.WriteAsync(content, cancellationToken);
                    stream.Flush(flushToDisk: true);
                }

                CheckFree();
                File.Move(aside, path, overwrite: false);
            }
            finally
            {
                File.Delete(aside);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StoreException(StoreFault.Unavailable, $"Cannot write {path}: {e.Message}", e);
        }
    }

    private void CheckFree()
    {
        if (System.IO.Path.Exists(path))
            throw new UsageException($"{option} {path}: there is something already. Name a file that is not there yet.");
    }
}
