using Miyabi.Core.Activities;
using Miyabi.Core.Agents;

namespace Miyabi.Agents.Models;

/// <summary>Carries out an attempt by a call of a model.</summary>
/// <remarks>
/// Only being turned away as one call too many is waited out here, by the limiter; everything else ends the attempt, and is for the task's retry policy. A success is
/// proven: the provider says that the answer is complete, it is what was asked for, and it satisfies the task.
/// </remarks>
/// <param name="options">How the model is called.</param>
/// <param name="newClient">Makes the client, with the first call: until then nothing of it is loaded.</param>
/// <param name="time">The clock of waits.</param>
internal sealed class ModelAgent(ModelOptions options, Func<IModelClient> newClient, TimeProvider time) : IAgent
{
    private readonly Lazy<IModelClient> client = new(newClient);

    private readonly ModelLimiters limiters = new(options.Limits, time);

    public async Task<AgentResult> RunAsync(AgentRequest request, IProgress<AgentProgress> progress, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        // What the instruction says holds, also where this process is set up otherwise by now.
        var terms = request.Model ?? options.TermsOf(request.Agent, request.Task);
        var price = options.Prices.GetValueOrDefault(terms.Name);
        ModelCall? call = null;
        try
        {
            if (options.Credential is null)
                throw new ModelCallException(FailureKind.Unauthorized, $"There is no key for {terms.Name}: set {options.KeySetting}.");
            if (terms.Rule != PromptComposer.Rule)
                throw new ModelCallException(FailureKind.Failed, $"The instruction asks for the rule '{SafeText.Quote(terms.Rule, 64)}', which this version does not have: it has '{PromptComposer.Rule}'.");
            var schema = AnswerSchema.Of(request.Task);
            var prompt = await PromptComposer.ComposeAsync(request, schema, terms, cancellationToken);
            call = new ModelCall(terms, prompt, schema, () => progress.Report(new AgentProgress(0, $"{terms.Name} answers")));
            string text;
            using (var limiter = limiters.Rent(terms.Name))
                text = await AskAsync(call, limiter.Limiter, progress, cancellationToken);
            if (Secret.IsIn(text, call.Secret))
                throw new ModelCallException(FailureKind.InvalidOutput, "The answer holds what the call was let in by, a key or a token.");
            var result = ModelAnswer.Read(text, schema);
            progress.Report(new AgentProgress(1));
            return ResultCheck.WhatIsWrong(request.Task, result, time) is { } wrong ? Failed(wrong, Usage()) : result with { Usage = Usage() };
        }
        catch (ModelCallException e)
        {
            return Failed(new AgentFailure(e.Kind, e.Message) { RetryAfter = e.RetryAfter }, Usage());
        }
        catch (OperationCanceledException e) when (cancellationToken.IsCancellationRequested)
        {
            throw new AttemptCancelledException(Usage(), e, cancellationToken);
        }

        AgentUsage Usage() => call?.Total.At(price, call.IsTotalTold) ?? AgentUsage.None;
    }

    private async Task<string> AskAsync(ModelCall call, ModelLimiter limiter, IProgress<AgentProgress> progress, CancellationToken cancellationToken)
    {
        var waited = TimeSpan.Zero;
        ModelCallException? turnedAway = null;
        while (true)
        {
            var from = time.GetTimestamp();
            var slot = await limiter.EnterAsync(
                call.Prompt.EstimatedTokens + call.Terms.MaxOutputTokens,
                turnedAway is null ? null : Patience(options.Limits.MaxWait - waited),
                () => progress.Report(new AgentProgress(0, turnedAway is null ? "waits for its turn" : $"waits: {call.Terms.Name} takes no more calls now")),
                cancellationToken);
            if (turnedAway is not null)
                waited += time.GetElapsedTime(from);
            if (slot is null)
                throw TooLong(turnedAway!, limiter.CoolDown);
            using (slot)
            {
                try
                {
                    progress.Report(new AgentProgress(0, $"asks {call.Terms.Name}"));
                    call.Begin();
                    var text = await client.Value.CallAsync(call, cancellationToken);
                    slot.Answered();
                    return text;
                }
                catch (ModelCallException e) when (e.Kind is FailureKind.RateLimited or FailureKind.Overloaded)
                {
                    slot.TurnedAway(e.RetryAfter);
                    // An answer that had begun is paid: another one is another attempt, for which a budget is asked.
                    if (call.Usage.Total > 0)
                        throw;
                    turnedAway = e;
                }
                finally
                {
                    slot.Tokens = call.Usage.Total > 0 ? call.Usage.Total : null;
                }
            }
        }
    }

    private static TimeSpan Patience(TimeSpan left) => left > TimeSpan.FromMilliseconds(1) ? left : TimeSpan.FromMilliseconds(1);

    private ModelCallException TooLong(ModelCallException turnedAway, TimeSpan coolDown) => new(
        turnedAway.Kind,
        $"It was waited for {options.Limits.MaxWait.TotalSeconds:0} s in vain. {turnedAway.Message}",
        coolDown > TimeSpan.Zero ? coolDown : null);

    private AgentResult Failed(AgentFailure failure, AgentUsage usage)
    {
        var message = options.WithoutKey(failure.Message);
        message = message.Length <= AgentLimits.MaxMessageCharacters ? message : message[..AgentLimits.MaxMessageCharacters];
        return new AgentResult { Failure = failure with { Message = message }, Usage = usage };
    }
}
