namespace Miyabi.Cli;

/// <summary>What a command that is suggested to a person needs to find the store that is meant.</summary>
internal static class StoreHint
{
    /// <summary>The store that commands use when none is named.</summary>
    internal const string Default = ".miyabi";

    /// <summary>Empty for the default store; else <c> --store STORE</c>, fit for a shell.</summary>
    /// <param name="store">As it was given, or a store's address.</param>
    internal static string Of(string store) => Path.GetFullPath(store) == Path.GetFullPath(Default) ? "" : $" --store {Quoted(store)}";

    /// <summary>Fit for a shell.</summary>
    internal static string Quoted(string path) =>
        path.All(c => char.IsAsciiLetterOrDigit(c) || c is '/' or '\\' or ':' or '.' or '_' or '-' or '~') ? path
        : OperatingSystem.IsWindows() ? $"\"{path}\""
        : $"'{path.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
