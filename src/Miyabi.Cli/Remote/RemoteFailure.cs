using System.Net;
using System.Text.Json;
using Miyabi.Core.FrontDoor;
using Miyabi.Core.Ledger;

namespace Miyabi.Cli.Remote;

/// <summary>A function app does not let this caller in. The message never holds what it was shown.</summary>
internal sealed class RemoteDeniedException(string message) : Exception(message);

/// <summary>A function app finds that a document of the run is not what was sealed.</summary>
internal sealed class RemoteBrokenException(string message) : Exception(message);

/// <summary>What went wrong between this command and a function app, in words for a person, and with the cure.</summary>
/// <param name="address">The app.</param>
/// <param name="hasProof">Whether requests show who asks.</param>
internal sealed class RemoteFailure(RemoteAddress address, bool hasProof)
{
    private const int MaxShown = 200;

    /// <summary>No answer, or not all of one.</summary>
    /// <param name="e">What happened.</param>
    /// <param name="isQuestion">Whether nothing can have changed by it.</param>
    internal StoreException Unreachable(Exception e, bool isQuestion)
    {
        var why = e switch
        {
            HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError } => "there is no machine of the name",
            HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError } => "nothing answers there",
            HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError } => "its certificate or its TLS does not hold",
            OperationCanceledException => "it does not answer in time",
            _ => "the connection broke in the middle of an answer, or it speaks no HTTP",
        };
        var unknown = isQuestion ? "" : " Whether it has done what it was asked is not known: look with miyabi status before you ask again.";
        return new StoreException(
            StoreFault.Unavailable, $"Cannot reach the function app at {address.Text}: {why}. See that it runs and that the address is right: miyabi doctor --url {address.Text}{unknown}", e);
    }

    /// <summary>More than is read.</summary>
    internal StoreException TooLarge(long maxBytes) => new(StoreFault.TooLarge, $"The function app at {address.Text} answers with more than {maxBytes} bytes, which is more than is read.");

    /// <summary>An answer that makes no sense.</summary>
    /// <param name="why">What is wrong with it; safe to show.</param>
    /// <param name="inner">What found it.</param>
    internal StoreException Senseless(string why, Exception? inner = null) => new(
        StoreFault.Unavailable, $"What answers at {address.Text} is no function app of Miyabi of this version: {why}. Look at the address and the app's version.", inner);

    /// <summary>An answer with content that is no JSON of the form that was expected.</summary>
    internal StoreException NoJson(RemoteAnswer answer, Exception? inner = null) => Senseless(
        answer.IsJson ? "its JSON is not of the form that was asked for" : $"it answers with {Shown(answer.MediaType)} in place of JSON", inner);

    /// <summary>What an answer stands for that is no success. A run that is not there, and what else the caller knows to read, is the caller's.</summary>
    /// <param name="answer">The answer.</param>
    internal Exception Of(RemoteAnswer answer)
    {
        var problem = RemoteProblem.Of(answer);
        var said = problem.Text.Length > 0 ? $" It says: {problem.Text}" : "";
        return (int)answer.Status switch
        {
            401 or 403 when !hasProof => new RemoteDeniedException(
                $"The function app at {address.Text} asks who calls ({(int)answer.Status}): put its key into the variable {FunctionKey.Variable} (or give --key KEY), or sign in with --entra RESOURCE.{said}"),
            401 => new RemoteDeniedException(
                $"The function app at {address.Text} does not take what it was shown (401). Look at --key or {FunctionKey.Variable}, and with sign-in at --entra.{said}"),
            403 => new RemoteDeniedException(
                $"The function app at {address.Text} does not allow this (403): the key (--key, {FunctionKey.Variable}) or the identity (--entra) may not do it.{said}"),
            >= 300 and < 400 => Senseless($"it answers with a redirect{(answer.Location.Length == 0 ? "" : $" to {Shown(answer.Location)}")}, which is not followed, because that could carry the key elsewhere"),
            404 or 405 when !answer.IsProblem => Senseless($"it does not know the request ({(int)answer.Status})"),
            409 when problem.Is("broken-document") => new RemoteBrokenException(Refusal(answer, problem)),
            409 => new ControlRefusedException(Refusal(answer, problem)),
            >= 400 and < 500 => new RunRefusedException(problem.Errors.Length > 0 ? problem.Errors : [Refusal(answer, problem)]),
            _ => new StoreException(StoreFault.Unavailable, $"The function app at {address.Text} cannot answer for now ({(int)answer.Status}).{said} Try again later; its own log says more."),
        };
    }

    /// <summary>Reads JSON of an answer.</summary>
    internal T Read<T>(RemoteAnswer answer, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type)
        where T : class
    {
        if (!answer.IsJson)
            throw NoJson(answer);
        try
        {
            return JsonSerializer.Deserialize(answer.Content, type) ?? throw NoJson(answer);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or ArgumentException or NotSupportedException)
        {
            throw NoJson(answer, e);
        }
    }

    private static string Refusal(RemoteAnswer answer, RemoteProblem problem)
    {
        var text = problem.Text.Length > 0 ? problem.Text : $"The function app refuses it ({(int)answer.Status}).";
        return answer.IsRepeated ? $"{text} (This was the second try, and the first may have been carried out: look with miyabi status.)" : text;
    }

    private static string Shown(string text) =>
        text.Length == 0 ? "something" : Printable.Text(text.Length <= MaxShown ? text : text[..MaxShown]);
}
