using System.Buffers;

namespace Miyabi.Agents.Command;

/// <summary>Bytes up to a limit.</summary>
internal sealed class BoundedBytes(int limit)
{
    private readonly ArrayBufferWriter<byte> bytes = new();

    /// <summary>More came than is allowed.</summary>
    public bool IsOver { get; private set; }

    public ReadOnlyMemory<byte> Content => bytes.WrittenMemory;

    /// <summary>Adds them all, or nothing and answers false.</summary>
    public bool TryAdd(ReadOnlyMemory<byte> more)
    {
        if (bytes.WrittenCount + more.Length > limit)
            IsOver = true;
        else
            bytes.Write(more.Span);
        return !IsOver;
    }
}
