namespace Miyabi.Storage.Directories;

/// <summary>What a document outlasts once its creation has been confirmed.</summary>
public enum Durability
{
    /// <summary>A crash of the machine, and a power cut as far as the disk keeps its word: it is flushed.</summary>
    Machine,

    /// <summary>The death of any process; after a crash of the machine it may be missing, empty or half there. For measurements, and for what may be lost.</summary>
    Process,
}
