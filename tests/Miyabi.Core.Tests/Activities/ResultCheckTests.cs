using System.Text.Json;
using Miyabi.Core.Activities;
using Miyabi.Core.Agents;
using Miyabi.Core.Plans;

namespace Miyabi.Core.Tests.Activities;

/// <summary>Files that no agent may produce together, because they cannot be laid out together.</summary>
public sealed class ResultCheckTests
{
    [Theory]
    [InlineData("made/a", "made/a/b")]
    [InlineData("made/a/b/c", "made/a")]
    [InlineData("made/A", "made/a/b")]
    public void File_InAFolderThatIsAFile_IsRefused(string one, string other) => Assert.Contains("lies in a folder", WhyNot(one, other));

    [Fact]
    public void Files_OfOneNameButForCase_AreRefused() => Assert.Contains("produced twice", WhyNot("made/a", "made/A"));

    [Fact]
    public void Files_InFoldersOfOneBeginning_ArePassed() => Assert.Null(WhyNot("made/a", "made/ab/c", "made/a.b/c"));

    [Fact]
    public void Path_ThatDeceives_IsShownByItsNumbers()
    {
        var why = WhyNot("made/\u202egnp.exe")!;

        Assert.DoesNotContain('\u202e', why);
        Assert.Contains("\\u202egnp.exe", why);
    }

    private static string? WhyNot(params string[] paths) => ResultCheck.WhatIsWrong(
        new PlanTask { Id = "t", Title = "t", Agent = new AgentSelector(null, AgentKind.Claude), Writes = ["made/**"] },
        new AgentResult { Output = JsonElement.Parse("{}"), Files = [.. paths.Select(path => new AgentFile(path, new byte[1]))] },
        TimeProvider.System)?.Message;
}
