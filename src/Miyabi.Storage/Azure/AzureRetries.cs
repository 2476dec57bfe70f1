using System.Diagnostics;
using Azure.Core;
using Azure.Core.Pipeline;

namespace Miyabi.Storage.Azure;

/// <summary>Makes tries again for as long as <see cref="AzurePatience"/> says, and tells whoever asks how many there were.</summary>
/// <remarks>By time and not by number: tries that are refused take no time, tries without an answer take 15 s each.</remarks>
internal sealed class AzureRetries(AzurePatience patience)
    : RetryPolicy(MostRetries, DelayStrategy.CreateExponentialDelayStrategy(AzurePatience.FirstDelay, AzurePatience.LongestDelay))
{
    // Never reached within the patience; the strategy doubles in 32 bits.
    private const int MostRetries = 30;

    private volatile bool answered;

    /// <summary>How many tries the requests within a scope took.</summary>
    internal sealed class Tries : IDisposable
    {
        private const string Property = "Miyabi.Tries";
        private readonly IDisposable scope;

        internal Tries() => scope = HttpPipeline.CreateHttpMessagePropertiesScope(
            new Dictionary<string, object?>(StringComparer.Ordinal) { [Property] = this });

        /// <summary>Whether some request was sent more than once: then an earlier try may have done what the last was refused for.</summary>
        internal bool More { get; private set; }

        /// <summary>Ends the scope.</summary>
        public void Dispose() => scope.Dispose();

        internal static void Note(HttpMessage message)
        {
            if (message.ProcessingContext.RetryNumber > 0 && message.TryGetProperty(Property, out var tries))
                ((Tries)tries!).More = true;
        }
    }

    /// <inheritdoc/>
    protected override ValueTask OnSendingRequestAsync(HttpMessage message)
    {
        if (message.ProcessingContext.RetryNumber == 0)
            message.SetProperty(typeof(AzureRetries), Stopwatch.GetTimestamp());
        Tries.Note(message);
        var most = patience.Try + TimeOf(message.Request.Content);
        message.NetworkTimeout = answered || most < patience.First ? most : patience.First;
        return base.OnSendingRequestAsync(message);
    }

    /// <inheritdoc/>
    protected override ValueTask OnRequestSentAsync(HttpMessage message)
    {
        // What stands between may answer with 5xx for a service that is not there.
        if (message.HasResponse && message.Response.Status < 500)
            answered = true;
        return base.OnRequestSentAsync(message);
    }

    /// <inheritdoc/>
    protected override async ValueTask<bool> ShouldRetryAsync(HttpMessage message, Exception? exception) =>
        Stopwatch.GetElapsedTime(StartOf(message)) < (answered ? patience.Known : patience.First) && await base.ShouldRetryAsync(message, exception);

    private static TimeSpan TimeOf(RequestContent? content) =>
        content is not null && content.TryComputeLength(out var bytes) ? TimeSpan.FromSeconds(bytes * AzurePatience.PerByte) : TimeSpan.Zero;

    private static long StartOf(HttpMessage message) =>
        message.TryGetProperty(typeof(AzureRetries), out var start) ? (long)start! : Stopwatch.GetTimestamp();
}
