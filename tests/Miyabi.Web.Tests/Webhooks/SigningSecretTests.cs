using Miyabi.Web.Webhooks;

namespace Miyabi.Web.Tests.Webhooks;

public sealed class SigningSecretTests
{
    private const string Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    private const string Signature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

    // The vector by which implementations of the specification are compared.
    [Fact]
    public void Sign_KnownMessage_HasTheKnownSignature() => Assert.Equal(Signature, Sign(Secret));

    [Fact]
    public void Sign_WithTwoSecrets_HasBothSignatures()
    {
        var other = "whsec_" + Convert.ToBase64String(new byte[32]);

        var both = Sign($"{other} {Secret}").Split(' ');

        Assert.Equal([Sign(other), Signature], both);
    }

    [Theory]
    [InlineData(23, false)]
    [InlineData(24, true)]
    [InlineData(64, true)]
    [InlineData(65, false)]
    public void Read_Secret_Has24To64Bytes(int bytes, bool valid) =>
        Assert.Equal(valid, WebhookSender.IsSecret("whsec_" + Convert.ToBase64String(new byte[bytes])));

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("hunter2")]
    [InlineData("whsec_")]
    [InlineData("whsec_!!!!")]
    [InlineData("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")]
    [InlineData("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw hunter2")]
    public void Read_AnythingElse_IsNone(string text) => Assert.False(WebhookSender.IsSecret(text));

    private static string Sign(string secret) => SigningSecret.Read(secret)!.Sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, "{\"test\": 2432232314}"u8);
}
