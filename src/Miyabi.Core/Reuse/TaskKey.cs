using System.Security.Cryptography;
using System.Text.Json;
using Miyabi.Core.Ledger;

namespace Miyabi.Core.Reuse;

/// <summary>Names what an agent is asked for: equal keys ask the same of the same kind of agent, with the same inputs.</summary>
internal static class TaskKey
{
    /// <summary>SHA-256 over what the instruction says, its inputs by their payloads and keys, and who is asked; lower-case hex.</summary>
    /// <remarks>
    /// With the inputs' keys a change of what one task is asked for reaches all that depends on it, also where its answer happens to be the same.
    /// Left out is what tells one run from another and changes nothing of what is asked: ids of run and task, attempts, digests of documents,
    /// and what earlier attempts failed for. A command also sees the plan's folder, so there that counts.
    /// </remarks>
    internal static string Of(InstructionDocument instruction, string planDirectory)
    {
        var content = instruction.Content;
        var asked = new AskedWork
        {
            Provider = instruction.Provider,
            PlanDirectory = content.Commands.IsEmpty ? null : planDirectory,
            Content = content with
            {
                Findings = [],
                Inputs = [.. content.Inputs.Select(input => input with { Attempt = 0, Result = "" })],
            },
        };
        return Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(asked, Compact.Json.AskedWork)));
    }
}

/// <summary>What a key is over.</summary>
internal sealed record AskedWork
{
    public required string Provider { get; init; }

    public string? PlanDirectory { get; init; }

    public required InstructionContent Content { get; init; }
}
