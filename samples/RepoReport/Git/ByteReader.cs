using System.Buffers;

namespace Miyabi.Samples.RepoReport.Git;

/// <summary>Reads git's output piece by piece: up to a separator, or a number of bytes.</summary>
internal sealed class ByteReader(Stream source)
{
    // Longer than any path or author that a system can hold; a repository made to exhaust memory ends here.
    private const int LongestPiece = 1024 * 1024;

    private readonly byte[] _buffer = new byte[64 * 1024];
    private readonly ArrayBufferWriter<byte> _piece = new();
    private int _start;
    private int _end;

    /// <summary>The bytes up to the next separator, which is left out; <see langword="false"/> at the end.</summary>
    /// <remarks>The bytes are valid until the next call.</remarks>
    /// <exception cref="StepException">A piece is longer than 1 MiB.</exception>
    public bool TryReadPiece(byte separator, out ReadOnlySpan<byte> piece)
    {
        _piece.ResetWrittenCount();
        while (true)
        {
            if (_start == _end && !Fill())
            {
                piece = _piece.WrittenSpan;
                return _piece.WrittenCount > 0;
            }

            var rest = _buffer.AsSpan(_start, _end - _start);
            var length = rest.IndexOf(separator);
            _piece.Write(length < 0 ? rest : rest[..length]);
            _start += length < 0 ? rest.Length : length + 1;
            if (_piece.WrittenCount > LongestPiece)
                throw new StepException("the repository holds a name longer than 1 MiB, which is not supported.");
            if (length >= 0)
            {
                piece = _piece.WrittenSpan;
                return true;
            }
        }
    }

    /// <summary>Reads exactly as many bytes as the target takes.</summary>
    /// <exception cref="StepException">The output ended before.</exception>
    public void ReadExactly(Span<byte> target)
    {
        while (!target.IsEmpty)
        {
            if (_start == _end && !Fill())
                throw new StepException("git ended in the middle of a file.");
            var count = Math.Min(target.Length, _end - _start);
            _buffer.AsSpan(_start, count).CopyTo(target);
            _start += count;
            target = target[count..];
        }
    }

    private bool Fill()
    {
        _start = 0;
        _end = source.Read(_buffer);
        return _end > 0;
    }
}
