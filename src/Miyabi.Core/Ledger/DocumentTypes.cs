namespace Miyabi.Core.Ledger;

/// <summary>The types of sealed documents, as seals name them.</summary>
public static class DocumentTypes
{
    /// <summary>What was accepted to run.</summary>
    public const string Plan = "application/vnd.miyabi.plan.v1+json";

    /// <summary>What an agent was told.</summary>
    public const string Instruction = "application/vnd.miyabi.instruction.v1+json";

    /// <summary>Who took an attempt over, and when.</summary>
    public const string Claim = "application/vnd.miyabi.claim.v1+json";

    /// <summary>What an attempt came to.</summary>
    public const string Result = "application/vnd.miyabi.result.v1+json";

    /// <summary>What was verified and decided.</summary>
    public const string Step = "application/vnd.miyabi.step.v1+json";

    /// <summary>What a person decided.</summary>
    public const string Control = "application/vnd.miyabi.control.v1+json";

    /// <summary>Which runner carries a run out.</summary>
    public const string Owner = "application/vnd.miyabi.owner.v1+json";

    /// <summary>The whole of a run.</summary>
    public const string Manifest = "application/vnd.miyabi.manifest.v1+json";

    /// <summary>Extends a claim or an ownership; no evidence.</summary>
    public const string Lease = "application/vnd.miyabi.lease.v1+json";

    /// <summary>The role in which a key must be trusted to sign documents of a type.</summary>
    public static KeyRole RoleOf(string type) => type switch
    {
        Instruction or Claim or Result => KeyRole.Agent,
        Control => KeyRole.Control,
        _ => KeyRole.Run,
    };
}
