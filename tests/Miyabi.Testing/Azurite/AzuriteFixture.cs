namespace Miyabi.Testing.Azurite;

/// <summary>One Azurite for all the tests of a project that do it no harm: each takes a container of its own.</summary>
public sealed class AzuriteFixture : IAsyncLifetime
{
    private AzuriteProcess? azurite;

    /// <summary>The Azurite.</summary>
    public AzuriteProcess Azurite => azurite ?? throw new InvalidOperationException("It has not started.");

    /// <inheritdoc/>
    public async Task InitializeAsync() => azurite = await AzuriteProcess.StartAsync();

    /// <inheritdoc/>
    public async Task DisposeAsync()
    {
        if (azurite is not null)
            await azurite.DisposeAsync();
    }
}
