using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Miyabi.Core.Ledger;
using Miyabi.Core.Plans;

namespace Miyabi.Core.Notifications;

/// <summary>A message to a subscriber: everything of a step that it wants to know.</summary>
/// <param name="Id">The same for the step and the subscriber whenever it is sent: receivers tell a message by it that they have had before. Letters, digits and <c>_</c>.</param>
/// <param name="Subscriber">To whom.</param>
/// <param name="Name">For people and logs: which entry of the plan it is, and the scheme, host and port.</param>
/// <param name="Body">What is sent: JSON in UTF-8, at most <see cref="WebhookBody.MaxBytes"/>.</param>
public sealed record Webhook(string Id, Subscriber Subscriber, string Name, ReadOnlyMemory<byte> Body)
{
    /// <summary>The messages of a step, one for each subscriber that wants to know anything of it.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="step">The step, and the digest of its document.</param>
    /// <param name="totals">The run's numbers, of the step that ended it.</param>
    public static ImmutableArray<Webhook> Of(Plan plan, Verified<StepDocument> step, ManifestTotals? totals)
    {
        var notices = StepNotices.Of(step.Value, totals);
        var webhooks = ImmutableArray.CreateBuilder<Webhook>();
        for (var i = 0; i < plan.Notify.Length; i++)
        {
            var subscriber = plan.Notify[i];
            var wanted = notices.Where(notice => subscriber.Events.Contains(notice.Kind)).ToList();
            if (wanted.Count == 0)
                continue;
            var id = IdOf(step.Digest, i);
            webhooks.Add(new Webhook(id, subscriber, $"notify[{i}] ({subscriber.Origin})", WebhookBody.Of(id, plan, step.Value, wanted)));
        }

        return webhooks.ToImmutable();
    }

    // The step's digest is of this run alone: it goes back to the plan document, which says when the run was accepted. No dot: it parts what is signed.
    private static string IdOf(string stepDigest, int subscriber) =>
        $"msg_{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"miyabi-webhook {stepDigest} {subscriber}")).AsSpan(0, 16))}";
}
