using System.Text.Json;
using Miyabi.Core.Activities;
using Miyabi.Core.Ledger;

namespace Miyabi.Core.Tests.Activities;

public class VerifiedPayloadsTests
{
    private const int Mebibyte = 1024 * 1024;

    [Fact]
    public void Find_Kept_GivesIt_AndNothingForAnother()
    {
        var payloads = new VerifiedPayloads();
        var payload = Payload(10);

        payloads.Keep("one", payload);

        Assert.Same(payload, payloads.Find("one"));
        Assert.Null(payloads.Find("other"));
    }

    [Fact]
    public void Keep_MoreThanTheBound_ForgetsTheOldestAndNoOther()
    {
        var payloads = new VerifiedPayloads();
        // Reckoned as a little over 7 MiB each: nine of them are under 64 MiB, ten are not.
        for (var i = 0; i < 12; i++)
            payloads.Keep($"{i}", Payload(Mebibyte));

        Assert.Equal(["3", "4", "5", "6", "7", "8", "9", "10", "11"], Enumerable.Range(0, 12).Select(i => $"{i}").Where(digest => payloads.Find(digest) is not null));
    }

    [Fact]
    public void Keep_TooLarge_IsNotKept_AndNothingIsForgottenForIt()
    {
        var payloads = new VerifiedPayloads();
        payloads.Keep("small", Payload(10));

        payloads.Keep("large", Payload(2 * Mebibyte));

        Assert.Null(payloads.Find("large"));
        Assert.NotNull(payloads.Find("small"));
    }

    [Fact]
    public void Keep_SameDigestAgain_CountsOnce()
    {
        var payloads = new VerifiedPayloads();
        payloads.Keep("old", Payload(10));

        for (var i = 0; i < 100; i++)
            payloads.Keep("same", Payload(Mebibyte));

        Assert.NotNull(payloads.Find("same"));
        Assert.NotNull(payloads.Find("old"));
    }

    [Fact]
    public void Keep_ForgottenBefore_IsKeptAgain()
    {
        var payloads = new VerifiedPayloads();
        for (var i = 0; i < 10; i++)
            payloads.Keep($"{i}", Payload(Mebibyte));
        Assert.Null(payloads.Find("0"));

        payloads.Keep("0", Payload(Mebibyte));

        Assert.NotNull(payloads.Find("0"));
        Assert.Null(payloads.Find("1"));
    }

    [Fact]
    public void Keep_ByManyAtOnce_HoldsTheBound_AndGivesWhatTheDigestNames()
    {
        var payloads = new VerifiedPayloads();
        // 20 digests over and over, a little over half of which have room.
        ResultPayload[] all = [.. Enumerable.Range(0, 20).Select(_ => Payload(Mebibyte))];

        Parallel.For(0, 20_000, i =>
        {
            var number = i * 7 % all.Length;
            payloads.Keep($"{number}", all[number]);
            Assert.True(payloads.Find($"{number}") is not { } found || ReferenceEquals(found, all[number]));
        });

        Assert.InRange(Enumerable.Range(0, all.Length).Count(i => payloads.Find($"{i}") is not null), 1, 9);
    }

    private static ResultPayload Payload(int bytes) => new(JsonSerializer.SerializeToElement(new string('x', bytes)), []);
}
