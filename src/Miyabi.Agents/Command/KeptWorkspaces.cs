using System.Collections.Immutable;

namespace Miyabi.Agents.Command;

/// <summary>Workspaces of attempts that did not succeed, kept for a person to look into.</summary>
/// <param name="Folders">Their full paths, in ordinal order.</param>
/// <param name="Bytes">What they take up on the disk together.</param>
public sealed record KeptWorkspaces(ImmutableArray<string> Folders, long Bytes);
