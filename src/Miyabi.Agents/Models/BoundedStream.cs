namespace Miyabi.Agents.Models;

/// <summary>A response's body that ends with an <see cref="IOException"/> where it is larger than it may be, or is not packed as its head says.</summary>
internal sealed class BoundedStream(Stream inner, long maxBytes, WireRecord record) : Stream
{
    private long taken;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(byte[] buffer, int offset, int count)
    {
        try
        {
            return Counted(inner.Read(buffer, offset, count));
        }
        catch (Exception e) when (IsOfUnpacking(e))
        {
            throw Damaged(e);
        }
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            return Counted(await inner.ReadAsync(buffer, cancellationToken));
        }
        catch (Exception e) when (IsOfUnpacking(e))
        {
            throw Damaged(e);
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            inner.Dispose();
        base.Dispose(disposing);
    }

    // What the framework's readers of gzip and Brotli throw.
    private static bool IsOfUnpacking(Exception e) => e is InvalidDataException or InvalidOperationException;

    private static IOException Damaged(Exception e) => new("The response is not packed as its head says.", e);

    private int Counted(int bytes)
    {
        taken += bytes;
        if (taken <= maxBytes)
            return bytes;
        record.IsTooLarge = true;
        throw new IOException($"The response has more than {maxBytes} bytes.");
    }
}
