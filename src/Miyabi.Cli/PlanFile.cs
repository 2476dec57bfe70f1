using Miyabi.Core.Plans;

namespace Miyabi.Cli;

/// <summary>Reads plan files for commands.</summary>
internal static class PlanFile
{
    /// <summary>Reads a plan; <c>-</c> reads standard input.</summary>
    /// <returns>The plan, and the folder that its relative paths are meant from.</returns>
    /// <exception cref="UsageException">There is none, or it is wrong: with every error and its place.</exception>
    internal static async Task<(PlanReading Reading, string Directory)> ReadAsync(string file, CancellationToken cancellationToken)
    {
        var content = await BytesAsync(file, cancellationToken);
        var reading = PlanReader.Read(content);
        if (reading.Plan is null)
        {
            var name = file == "-" ? "standard input" : file;
            var more = reading.Errors.Length >= 100 ? ["There may be more errors; the first 100 are shown."] : Array.Empty<string>();
            throw new UsageException([.. reading.Errors.Select(error => Line(name, error)), .. more]);
        }

        return (reading, file == "-" ? Directory.GetCurrentDirectory() : Path.GetDirectoryName(Path.GetFullPath(file))!);
    }

    private static string Line(string file, PlanError error) =>
        error.Line == 0 ? $"{file}: {error.Message} {error.Cure}" : $"{file}:{error.Line}:{error.Column} {error.Path}: {error.Message} {error.Cure}";

    private static async Task<byte[]> BytesAsync(string file, CancellationToken cancellationToken)
    {
        try
        {
            if (Directory.Exists(file))
                throw new UsageException($"{file} is a folder. Name a plan file, e.g. samples/hello.plan.json.");
            // One byte more than a plan may have is enough to tell that it is too large: a pipe can be endless.
            await using var stream = file == "-" ? Console.OpenStandardInput() : File.OpenRead(file);
            using var content = new MemoryStream();
            var buffer = new byte[81920];
            int read;
            while (content.Length <= PlanLimits.MaxPlanBytes && (read = await stream.ReadAsync(buffer, cancellationToken)) > 0)
                content.Write(buffer, 0, read);
            return content.ToArray();
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new UsageException($"There is no file {file}. Name a plan file, e.g. samples/hello.plan.json.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new UsageException($"{file} cannot be read: {e.Message}");
        }
    }
}
