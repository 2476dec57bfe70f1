namespace Miyabi.Storage.Tests.Azure;

/// <summary>Counts what is read of an answer's body, and may break it off.</summary>
internal sealed class CountingContent
{
    /// <summary>Bytes read so far.</summary>
    public long Read { get; private set; }

    /// <summary>After so many bytes the connection breaks.</summary>
    public long BreakAt { get; init; } = long.MaxValue;

    /// <summary>Puts itself before the body.</summary>
    public void Wrap(HttpResponseMessage answer)
    {
        var content = new StreamContent(new Body(answer.Content.ReadAsStream(), this));
        foreach (var (name, values) in answer.Content.Headers)
            content.Headers.TryAddWithoutValidation(name, values);
        answer.Content = content;
    }

    private sealed class Body(Stream inner, CountingContent counting) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (counting.Read >= counting.BreakAt)
                throw new IOException("The connection is broken.");
            var most = (int)Math.Min(buffer.Length, counting.BreakAt - counting.Read);
            var read = await inner.ReadAsync(buffer[..most], cancellationToken);
            counting.Read += read;
            return read;
        }

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override int Read(byte[] buffer, int offset, int count) => ReadAsync(buffer.AsMemory(offset, count)).AsTask().GetAwaiter().GetResult();

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
    }
}
