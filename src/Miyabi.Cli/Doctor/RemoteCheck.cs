using Miyabi.Cli.Remote;
using Miyabi.Core.Ledger;
using Miyabi.Storage.Keys;

namespace Miyabi.Cli.Doctor;

/// <summary>A function app: that it answers and is well, that it lets this caller in, and that its documents are believed here.</summary>
/// <param name="app">The app.</param>
/// <param name="hint">What suggested commands need to find it.</param>
internal sealed class RemoteCheck(RemoteApp app, string hint) : ICheck
{
    public async Task<IReadOnlyList<CheckResult>> RunAsync(CancellationToken cancellationToken)
    {
        List<CheckResult> results = [];
        if (await TryAsync("app", HealthAsync, results, cancellationToken) && await TryAsync("access", AccessAsync, results, cancellationToken))
            await TryAsync("app's key", KeyAsync, results, cancellationToken);
        return results;
    }

    private static async Task<bool> TryAsync(
        string name, Func<string, CancellationToken, Task<CheckResult>> look, List<CheckResult> results, CancellationToken cancellationToken)
    {
        try
        {
            results.Add(await look(name, cancellationToken));
            return true;
        }
        catch (StoreException e)
        {
            results.Add(CheckResult.Missing(name, e.Message, "Start the app, or give its right address with --url."));
        }
        catch (RemoteDeniedException e)
        {
            results.Add(CheckResult.Missing(name, e.Message, $"Put the app's key into the variable {FunctionKey.Variable}."));
        }

        return false;
    }

    private async Task<CheckResult> HealthAsync(string name, CancellationToken cancellationToken)
    {
        const string Ok = "ok";
        var health = await app.ReadHealthAsync(cancellationToken);
        var waiting = health.WaitingRuns is > 0 and var runs ? $"; {runs} of its runs wait for somebody to carry them out" : "";
        return health.Status == Ok
            ? CheckResult.Ok(name, $"{app.Address.Text} answers and is well{waiting}")
            : CheckResult.Missing(
                name, $"{app.Address.Text} answers, and its {(health.Store == Ok ? "engine" : "store")} does not work{waiting}", "Look at the app's log and at what it is configured with.");
    }

    private async Task<CheckResult> AccessAsync(string name, CancellationToken cancellationToken)
    {
        await using var runs = app.ListAsync(cancellationToken).GetAsyncEnumerator(cancellationToken);
        await runs.MoveNextAsync();
        return CheckResult.Ok(name, "it lets this caller list its runs");
    }

    private async Task<CheckResult> KeyAsync(string name, CancellationToken cancellationToken)
    {
        var (id, _) = await RemoteKey.ReadAsync(app, cancellationToken);
        var home = MiyabiHome.Find();
        var trusted = InstallationKeys.IsNew(home) ? [] : await TrustFile.ReadAsync(home, cancellationToken);
        return trusted.Any(key => key.KeyId == id)
            ? CheckResult.Ok(name, $"{id} is trusted here")
            : CheckResult.Warning(name, $"{id} is not trusted here, so verify believes none of the app's documents", $"Ask whoever runs the app whether it is its key, then: miyabi keys trust{hint} --id {id}");
    }
}
