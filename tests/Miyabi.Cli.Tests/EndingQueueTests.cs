using Miyabi.Cli.Embedded;
using Miyabi.Core.Orchestration;

namespace Miyabi.Cli.Tests;

public sealed class EndingQueueTests
{
    private static readonly TimeSpan Bound = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task Deliver_Ended_GivesItsResult()
    {
        var ending = new TaskEnding("a", 2);

        Assert.Same(ending, await new EndingQueue().Deliver(Task.FromResult(ending)).WaitAsync(Bound));
    }

    [Fact]
    public async Task Deliver_EndsLater_EndsThen()
    {
        var activity = new TaskCompletionSource<TaskEnding>();
        var delivered = new EndingQueue().Deliver(activity.Task);
        Assert.False(delivered.IsCompleted);

        activity.SetResult(new TaskEnding("a", 1));

        Assert.Equal("a", (await delivered.WaitAsync(Bound)).Task);
    }

    [Fact]
    public async Task Deliver_Failed_ThrowsItsException()
    {
        var failure = new InvalidOperationException("no");

        var thrown = await Assert.ThrowsAsync<InvalidOperationException>(
            () => new EndingQueue().Deliver(Task.FromException<TaskEnding>(failure)).WaitAsync(Bound));

        Assert.Same(failure, thrown);
    }

    [Fact]
    public async Task Deliver_Cancelled_IsCancelled()
    {
        var delivered = new EndingQueue().Deliver(Task.FromCanceled<TaskEnding>(new CancellationToken(canceled: true)));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => delivered.WaitAsync(Bound));
        Assert.True(delivered.IsCanceled);
    }

    [Fact]
    public void Deliver_SeveralEndBeforeTheTurn_AreToldTogether()
    {
        var turns = new List<Action>();
        var queue = new EndingQueue(turns.Add);
        Task[] delivered =
        [
            queue.Deliver(Task.FromResult(new TaskEnding("a", 1))),
            queue.Deliver(Task.FromException<TaskEnding>(new InvalidOperationException("no"))),
            queue.Deliver(Task.FromResult(new TaskEnding("c", 1))),
        ];
        Assert.DoesNotContain(delivered, task => task.IsCompleted);

        Assert.Single(turns)();

        Assert.All(delivered, task => Assert.True(task.IsCompleted));
        Assert.NotNull(delivered[1].Exception);
    }

    [Fact]
    public void Deliver_EndsAfterATurn_HasATurnOfItsOwn()
    {
        var turns = new List<Action>();
        var queue = new EndingQueue(turns.Add);
        var first = queue.Deliver(Task.FromResult(new TaskEnding("a", 1)));
        turns[0]();
        Assert.True(first.IsCompletedSuccessfully);

        var later = queue.Deliver(Task.FromResult(new TaskEnding("b", 1)));

        Assert.Equal(2, turns.Count);
        turns[1]();
        Assert.True(later.IsCompletedSuccessfully);
    }
}
