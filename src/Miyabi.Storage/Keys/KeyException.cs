namespace Miyabi.Storage.Keys;

/// <summary>A key or the trust file is not as it must be. The message names the file, the place in it and the cure, never a private key.</summary>
public sealed class KeyException : Exception
{
    /// <summary>With what is wrong, where, and what to do.</summary>
    public KeyException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }

    /// <summary>What is wrong was given by the caller, and nothing was touched: no file is to be mended.</summary>
    public bool IsArgument { get; init; }
}
