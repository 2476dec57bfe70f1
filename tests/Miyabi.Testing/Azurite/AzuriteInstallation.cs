namespace Miyabi.Testing.Azurite;

/// <summary>The Azurite that eng/azurite.sh has installed.</summary>
internal static class AzuriteInstallation
{
    /// <summary>Node's program for the blob service.</summary>
    internal static string Program()
    {
        for (var folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            var program = Path.Combine(folder, "artifacts", "azurite", "node_modules", "azurite", "dist", "src", "blob", "main.js");
            if (File.Exists(program))
                return program;
        }

        throw new FileNotFoundException("Azurite is not installed: run 'sh eng/azurite.sh' in the repository, which test.sh does by itself.");
    }
}
