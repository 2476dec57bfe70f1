using System.Collections.Immutable;
using System.Text;

namespace Miyabi.Agents.Models;

/// <summary>What a model is asked.</summary>
/// <param name="Instructions">Role, rules and the form of the answer: our words alone, the same whatever the data are.</param>
/// <param name="Message">The task, then the data.</param>
/// <param name="Cuts">What did not fit, a line each; the message says the same.</param>
internal sealed record ModelPrompt(string Instructions, string Message, ImmutableArray<string> Cuts)
{
    /// <summary>Bytes of UTF-8 that are counted as a token: texts have about 4, code and JSON about 3, so this rather counts too many tokens.</summary>
    public const int BytesPerToken = 3;

    /// <summary>About how many tokens it has.</summary>
    public long EstimatedTokens => (Encoding.UTF8.GetByteCount(Instructions) + Encoding.UTF8.GetByteCount(Message)) / BytesPerToken + 1;
}
