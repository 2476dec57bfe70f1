using System.Buffers;
using System.Text;

namespace Miyabi.Samples.RepoReport.Git;

/// <summary>Names as git stores them are bytes: here they become text that can be shown, compared and put into JSON.</summary>
internal static class GitText
{
    /// <summary>UTF-8 as text; each byte that is not part of any becomes <c>\xNN</c>, so that different names stay different.</summary>
    public static string Decode(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder(bytes.Length);
        Span<char> characters = stackalloc char[2];
        while (!bytes.IsEmpty)
        {
            var status = Rune.DecodeFromUtf8(bytes, out var rune, out var consumed);
            if (status == OperationStatus.Done)
            {
                text.Append(characters[..rune.EncodeToUtf16(characters)]);
            }
            else
            {
                foreach (var wrong in bytes[..consumed])
                    text.Append("\\x").Append(wrong.ToString("X2"));
            }

            bytes = bytes[consumed..];
        }

        return text.ToString();
    }
}
