using System.Net;
using Miyabi.Agents.ClaudeApi;
using Miyabi.Agents.CodexApi;
using Miyabi.Agents.Models;
using Miyabi.Core.Agents;

namespace Miyabi.Agents.Tests.Models;

/// <summary>Each row of each provider's table of errors: that it holds for what it says, and that no row before it takes that away.</summary>
public sealed class FailureMapTests
{
    public static TheoryData<string, int, FailureKind> Rows
    {
        get
        {
            var rows = new TheoryData<string, int, FailureKind>();
            foreach (var (provider, map) in Maps)
            {
                for (var row = 0; row < map.Rows.Length; row++)
                    rows.Add(provider, row, map.Rows[row].Kind);
            }

            return rows;
        }
    }

    private static Dictionary<string, FailureMap> Maps => new() { ["claude-api"] = ClaudeFailures.Map, ["codex-api"] = CodexFailures.Map };

    [Theory]
    [MemberData(nameof(Rows))]
    public void Row_HoldsForWhatItSays(string provider, int row, FailureKind kind)
    {
        var map = Maps[provider];
        var (status, code, words) = (map.Rows[row].Status ?? 418, map.Rows[row].Code ?? "other", map.Rows[row].Words ?? "nothing");

        var failure = map.Of(Record(status, code, $"It is {words.ToUpperInvariant()}."), null);

        Assert.Equal(kind, failure.Kind);
        Assert.StartsWith(map.Rows[row].Meaning, failure.Message);
    }

    [Theory]
    [InlineData("claude-api")]
    [InlineData("codex-api")]
    public void LastRow_TakesEverything(string provider)
    {
        var last = Maps[provider].Rows[^1];

        Assert.Equal((null, null, null), (last.Status, last.Code, last.Words));
    }

    // Every kind that an API can tell of; the others are found without one.
    [Theory]
    [InlineData("claude-api", FailureKind.Refused)]
    [InlineData("codex-api")]
    public void Map_HasEveryKind(string provider, params FailureKind[] but) => Assert.Equal(
        new[]
        {
            FailureKind.Failed, FailureKind.RateLimited, FailureKind.Overloaded, FailureKind.QuotaExhausted, FailureKind.Unauthorized, FailureKind.Refused, FailureKind.ContextTooLong,
            FailureKind.Unavailable,
        }.Except(but),
        Maps[provider].Rows.Select(row => row.Kind).Distinct().Order());

    [Theory]
    [InlineData("claude-api")]
    [InlineData("codex-api")]
    public void WhatTheProviderSays_IsQuotedHarmless_AndNotWhereItMayBeTheKey(string provider)
    {
        Assert.DoesNotContain("sk-1", Maps[provider].Of(Record(401, "other", "Wrong key: sk-1"), null).Message);
        var message = Maps[provider].Of(Record(500, "\u001b[2J", new string('x', 10_000) + "\u202e"), null).Message;
        Assert.InRange(message.Length, 1, 1_000);
        Assert.DoesNotContain(message, letter => char.IsControl(letter) || letter == '\u202e');
    }

    private static WireRecord Record(int status, string code, string message)
    {
        var record = new WireRecord();
        using var response = new HttpResponseMessage((HttpStatusCode)status);
        record.Take(response, DateTimeOffset.UnixEpoch, TimeSpan.FromMinutes(2));
        record.TakeError(code, message);
        return record;
    }
}
