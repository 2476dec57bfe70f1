using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Miyabi.Core.Scheduling;

/// <summary>A number that looks random and is not: the same text always has the same.</summary>
internal static class Jitter
{
    /// <summary>From 0 up to 1.</summary>
    internal static double Of(string text) =>
        BinaryPrimitives.ReadUInt32LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(text))) / (uint.MaxValue + 1.0);
}
