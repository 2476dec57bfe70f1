using Miyabi.Cli.Tests.EndToEnd;

namespace Miyabi.Faults.Tests;

/// <summary>A disk that is full: at the start of a run, in the middle, and when a person decides.</summary>
public sealed class FullDiskTests : IDisposable
{
    private const string Disk = "disk";
    private const string Store = "disk/store";

    private readonly CliSandbox sandbox = new();

    public void Dispose() => sandbox.Dispose();

    [LinuxFact]
    public async Task Run_DiskFullInTheMiddle_ExitsWith3SaysWhatToDoAndIsResumedToItsProof()
    {
        await using var disk = await PrivateDisk.MountAsync(sandbox, Disk, 4096);
        AgentPlan.Write(sandbox, $"if [ $MIYABI_TASK = b ]; then {AgentPlan.WaitForGo}; fi", new AgentTask("a"), new AgentTask("b", "a"), new AgentTask("c", "b"));
        var running = await disk.BeginAsync("run", "plan.json", "--run-id", "r", "--store", Store);
        await AgentPlan.BegunAsync(sandbox, "b.1");
        await disk.FillAsync();
        AgentPlan.Go(sandbox);

        var (code, output) = await disk.EndedAsync(running);

        Assert.True(code == 3, output);
        AssertTellsOfTheDisk(output);
        Assert.Contains($"Nothing is lost. Then go on with: miyabi resume r --store {sandbox[Store]}", output);
        // What is there is whole: only the end is missing.
        var half = await disk.RunAsync("verify", "r", "--json", "--store", Store);
        Assert.Equal(1, half.Code);
        Assert.Empty(PublishedSchema.Check("verify", half.Output).GetProperty("findings").EnumerateArray());
        await disk.MakeRoomAsync();
        var resumed = await disk.RunAsync("resume", "r", "--store", Store);
        Assert.True(resumed.Code == 0, resumed.Output);
        await ProvenAsync(disk);
        Assert.Equal(new Dictionary<string, int> { ["a.1"] = 1, ["b.1"] = 2, ["c.1"] = 1 }, AgentPlan.Began(sandbox));
    }

    [LinuxFact]
    public async Task Run_DiskFullFromTheStart_ExitsWith3AndTheSameCommandSucceedsOnceThereIsRoom()
    {
        await using var disk = await PrivateDisk.MountAsync(sandbox, Disk, 4096);
        AgentPlan.Write(sandbox, "", new AgentTask("a"));
        string[] command = ["run", "plan.json", "--run-id", "r", "--store", Store];
        foreach (var left in new[] { 0, 1, 2, 3, 4, 6, 8, 12 })
        {
            // With some pages left it gets somewhat further each time, and must not leave anything half made.
            await disk.FillAsync(left);
            var (code, output) = await disk.RunAsync(command);
            await disk.MakeRoomAsync();
            if (code == 0 || File.Exists(sandbox["marks/log"]))
            {
                command = ["resume", "r", "--store", Store];
                if (code == 0)
                    break;
            }

            Assert.True(code == 3, $"{left} pages left: {output}");
            AssertTellsOfTheDisk(output);
            if (output.Contains("miyabi resume", StringComparison.Ordinal))
                command = ["resume", "r", "--store", Store];
        }

        var (ended, text) = await disk.RunAsync(command);

        Assert.True(ended == 0, text);
        await ProvenAsync(disk);
    }

    [LinuxFact]
    public async Task Approve_DiskFull_ExitsWith3DecidesNothingAndSucceedsOnceThereIsRoom()
    {
        await using var disk = await PrivateDisk.MountAsync(sandbox, Disk, 4096);
        AgentPlan.Write(sandbox, "", "\"approval\": { \"message\": \"Go?\", \"timeout\": \"PT1H\" }, ", new AgentTask("a"));
        var waits = await disk.RunAsync("run", "plan.json", "--run-id", "r", "--no-wait", "--store", Store);
        Assert.True(waits.Code == 1, waits.Output);
        await disk.FillAsync();

        var refused = await disk.RunAsync("approve", "r", "a", "--store", Store);
        var resumed = await disk.RunAsync("resume", "r", "--no-wait", "--store", Store);

        Assert.True(refused.Code == 3, refused.Output);
        AssertTellsOfTheDisk(refused.Output);
        Assert.True(resumed.Code == 3, resumed.Output);
        AssertTellsOfTheDisk(resumed.Output);
        await disk.MakeRoomAsync();
        Assert.Equal(1, (await disk.RunAsync("resume", "r", "--no-wait", "--store", Store)).Code); // it still waits
        var approved = await disk.RunAsync("approve", "r", "a", "--store", Store);
        Assert.True(approved.Code == 0, approved.Output);
        Assert.Equal(0, (await disk.RunAsync("resume", "r", "--store", Store)).Code);
        await ProvenAsync(disk);
    }

    private static void AssertTellsOfTheDisk(string output)
    {
        Assert.Contains("the disk is full, or a quota is used up. Make room, then do the same again.", output);
        Assert.Contains(Store, output);
    }

    private static async Task ProvenAsync(PrivateDisk disk)
    {
        var verified = await disk.RunAsync("verify", "r", "--json", "--store", Store);
        Assert.True(verified.Code == 0, verified.Output);
        Assert.True(PublishedSchema.Check("verify", verified.Output).GetProperty("proven").GetBoolean());
    }
}
