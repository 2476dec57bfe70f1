using Miyabi.Core.FrontDoor;
using Miyabi.Core.Runs;
using Miyabi.Core.Scheduling;

namespace Miyabi.Cli.Tests;

/// <summary>After a decision a person is told who takes it up, and is not sent to carry out what somebody is at.</summary>
public sealed class ControlAnswerTests
{
    private static readonly DateTimeOffset Until = DateTimeOffset.UnixEpoch;

    [Fact]
    public void Answer_OfARunOfAnInstance_NamesTheApp() =>
        Assert.Equal("Its function app takes it up within a minute.", Answer(ControlKind.Suspend, new RunOwner(1, "", Until, IsAtWork: true) { Instance = "r~1" }));

    [Fact]
    public void Answer_OfAnInstanceThatWaitsWithoutALease_NamesTheAppAndTheWayOut() => Assert.Equal(
        "Its function app takes it up within a minute. If it does not, carry the run on here: miyabi resume r --store s",
        Answer(ControlKind.Cancel, new RunOwner(1, "", Until, IsAtWork: false) { Instance = "r~1" }));

    [Fact]
    public void Answer_OfAProcess_NamesItsMachine() =>
        Assert.Equal("Its runner on here takes it up within 2 s.", Answer(ControlKind.Suspend, new RunOwner(1, "here", Until, IsAtWork: true)));

    [Fact]
    public void Answer_OfNobody_SaysHowToGoOn()
    {
        Assert.Equal("Nobody carries it out now. To go on: miyabi resume r --store s", Answer(ControlKind.Approve, null));
        Assert.StartsWith("Nobody carried it out, so its last step was taken here.", Answer(ControlKind.Cancel, null));
    }

    [Fact]
    public void Json_OfARunOfAnInstance_SaysWhatCarriesItOut()
    {
        var sent = new SentControl("control/1-suspend.json", new string('0', 64), new Control(ControlKind.Suspend, null, ""));
        Assert.Equal("function app", ControlAnswer.JsonOf("r", sent, new RunOwner(1, "", Until, IsAtWork: true) { Instance = "r~1" }).CarriedOutBy);
        Assert.Equal("here", ControlAnswer.JsonOf("r", sent, new RunOwner(1, "here", Until, IsAtWork: true)).CarriedOutBy);
    }

    private static string Answer(ControlKind kind, RunOwner? owner) =>
        ControlAnswer.Of("r", new SentControl("control/1-x.json", new string('0', 64), new Control(kind, null, "")), owner, " --store s")[1];
}
