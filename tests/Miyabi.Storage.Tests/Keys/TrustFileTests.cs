using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Miyabi.Core.Ledger;
using Miyabi.Storage.Keys;

namespace Miyabi.Storage.Tests.Keys;

public sealed class TrustFileTests : IDisposable
{
    // Fixed, so that the names of the theories are: nobody has the private halves.
    private const string P256 =
        "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE4nLBWdeChNnGWoZVIdiu8vOA6MDiVVkpbErO4GMGUVx9RNC6+VbWZ7z107m1YdYy"
        + "y5kbS702RVDHTrazpKtobw==";

    private const string P384 =
        "MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAEN1IVldeO4kN2ITU/HozJHneMxyg+C43VFX9oPRhJt8ZWALsLv4OIyH8wXb6gHTcPKx0b"
        + "nuP7CuRHQBDT8MphIDvnMSYsuRalPOD5qPqbn5VPiShTqg6hXTTn7ln8g9bi";

    private static readonly byte[] Spki = Convert.FromBase64String(P256);
    private static readonly string Id = PublicKey.KeyId(Spki);
    private static readonly string Key = Entry();
    private readonly TemporaryFolder folder = new();

    private string File => folder["trust.json"];

    public static TheoryData<string, string, string> BadFiles => new()
    {
        { "", "line 1", "not JSON" },
        { "{ \"version\": 1, \"keys\": [ }", "line 1, column", "not JSON" },
        { Trust(Key) + "x", "line 1", "not JSON" },
        { "[]", "$:", "must be an object" },
        { "{ \"keys\": [] }", "$:", "version is missing" },
        { "{ \"version\": 1 }", "$:", "keys is missing" },
        { "{ \"version\": 2, \"keys\": [] }", "$.version", "must be 1" },
        { "{ \"version\": \"1\", \"keys\": [] }", "$.version", "must be 1" },
        { "{ \"version\": 1.5, \"keys\": [] }", "$.version", "must be 1" },
        { "{ \"version\": 1, \"keys\": {} }", "$.keys", "must be an array" },
        { "{ \"version\": 1, \"keys\": [], \"extra\": 1 }", "$:", "extra is no field here" },
        { "{ \"version\": 1, \"version\": 1, \"keys\": [] }", "trust.json", "twice" },
        { "{ \"version\": 1, \"keys\": [], \"\\u001b[31m\": 1 }", "$:", "\\u001B[31m is no field" },
        { Trust("1"), "$.keys[0]", "must be an object" },
        { Trust(Key, Key), "$.keys[1].keyId", "twice" },
        { Trust(Entry(keyId: new string('0', 32))), "$.keys[0].keyId", Id },
        { Trust(Entry(keyId: Id.ToUpperInvariant())), "$.keys[0].keyId", Id },
        { Trust(Key.Replace($"\"{Id}\"", "7")), "$.keys[0].keyId", "must be a string" },
        { Trust(Key.Replace("\"someone\"", "null")), "$.keys[0].name", "must be a string" },
        { Trust(Key.Replace("someone", "\\ud800")), "trust.json", "not Unicode" },
        { Trust(Key.Replace("\"name\"", "\"nmae\"")), "$.keys[0]:", "nmae is no field here" },
        { Trust(Entry(publicKey: "%%%")), "$.keys[0].publicKey", "must be base64" },
        { Trust(Entry(publicKey: "AAAA")), "$.keys[0].publicKey", "is no public key" },
        { Trust(Entry(publicKey: Convert.ToBase64String([.. Spki, 0]))), "$.keys[0].publicKey", "not the usual encoding" },
        { Trust(Entry(publicKey: P384)), "$.keys[0].publicKey", "not on P-256" },
        { Trust(Key.Replace("\"run\"", "\"root\"")), "$.keys[0].roles[0]", "run, agent, control" },
        { Trust(Key.Replace("\"run\"", "1")), "$.keys[0].roles[0]", "run, agent, control" },
        { Trust(Key.Replace("\"run\"", "\"run\", \"run\"")), "$.keys[0].roles[1]", "at most once" },
        { Trust(Key.Replace("\"run\"", "")), "$.keys[0].roles", "is empty" },
        { Trust(Key.Replace("[\"run\"]", "\"run\"")), "$.keys[0].roles", "must be an array" },
        { Trust(Entry(more: ", \"notBefore\": \"tomorrow\"")), "$.keys[0].notBefore", "must be a time" },
        { Trust(Entry(more: ", \"notAfter\": \"2030-01-31T00:00:00+01:00\"")), "$.keys[0].notAfter", "must be a time" },
        { Trust(Entry(more: ", \"notAfter\": null")), "$.keys[0].notAfter", "must be a time" },
        { Trust(Entry(more: ", \"notBefore\": \"2030-01-31T00:00:00Z\", \"notAfter\": \"2029-01-31T00:00:00Z\"")), "$.keys[0].notAfter", "before notBefore" },
    };

    public void Dispose() => folder.Dispose();

    [Theory]
    [MemberData(nameof(BadFiles))]
    public async Task Read_BadFile_NamesFilePlaceAndWhatIsWrong(string json, string place, string wrong)
    {
        await System.IO.File.WriteAllTextAsync(File, json);
        var error = await Assert.ThrowsAsync<KeyException>(() => TrustFile.ReadAsync(folder.Path, default));
        Assert.StartsWith(File, error.Message);
        Assert.Contains(place, error.Message);
        Assert.Contains(wrong, error.Message);
    }

    [Fact]
    public async Task Read_NotUtf8_SaysSo()
    {
        await System.IO.File.WriteAllBytesAsync(File, [.. Encoding.UTF8.GetBytes(Trust(Key)).Select(b => b == (byte)'m' ? (byte)0xff : b)]);
        await Assert.ThrowsAsync<KeyException>(() => TrustFile.ReadAsync(File, default));
    }

    [Fact]
    public async Task Read_TooLarge_SaysSo()
    {
        await System.IO.File.WriteAllTextAsync(File, Trust(Key) + new string(' ', 1024 * 1024));
        var error = await Assert.ThrowsAsync<KeyException>(() => TrustFile.ReadAsync(File, default));
        Assert.Contains("1048576", error.Message);
    }

    [Fact]
    public async Task Read_Missing_NamesTheCure()
    {
        var error = await Assert.ThrowsAsync<KeyException>(() => TrustFile.ReadAsync(folder["elsewhere.json"], default));
        Assert.Contains(folder["elsewhere.json"], error.Message);
        Assert.Contains("miyabi keys trust", error.Message);
    }

    [Fact]
    public async Task Read_WithoutAPrivateKey_GivesEveryField()
    {
        var json = Trust(Entry(more: ", \"notBefore\": \"2030-01-31T00:00:00Z\", \"notAfter\": \"2031-01-31T12:30:00.25Z\""));
        await System.IO.File.WriteAllTextAsync(folder["elsewhere.json"], json);
        var key = Assert.Single(await TrustFile.ReadAsync(folder["elsewhere.json"], default));
        Assert.Equal(Id, key.KeyId);
        Assert.Equal(Spki, key.SubjectPublicKeyInfo.ToArray());
        Assert.Equal([KeyRole.Run], key.Roles.AsEnumerable());
        Assert.Equal("someone", key.Name);
        Assert.Equal(new DateTimeOffset(2030, 1, 31, 0, 0, 0, TimeSpan.Zero), key.NotBefore);
        Assert.Equal(new DateTimeOffset(2031, 1, 31, 12, 30, 0, 250, TimeSpan.Zero), key.NotAfter);
        Assert.Equal(["elsewhere.json"], Directory.EnumerateFiles(folder.Path).Select(Path.GetFileName));
    }

    [Fact]
    public async Task Add_AnotherKey_KeepsTheRestAsItWas()
    {
        var json = Trust(Entry(more: ", \"notBefore\": \"2030-01-31T00:00:00Z\", \"notAfter\": \"2031-01-31T12:30:00.25Z\""));
        await System.IO.File.WriteAllTextAsync(File, json);
        var before = Assert.Single(await TrustFile.ReadAsync(folder.Path, default));
        var added = await TrustFile.AddAsync(folder.Path, Pem(NewKey()), "second \"é\"", [KeyRole.Control, KeyRole.Agent], default);
        var after = await TrustFile.ReadAsync(folder.Path, default);
        Assert.Equal([before.KeyId, added.KeyId], after.Select(key => key.KeyId));
        Assert.Equal((before.NotBefore, before.NotAfter, before.Name), (after[0].NotBefore, after[0].NotAfter, after[0].Name));
        Assert.Equal("second \"é\"", after[1].Name);
        Assert.Equal([KeyRole.Agent, KeyRole.Control], after[1].Roles.AsEnumerable());
    }

    [Fact]
    public async Task Add_TrustedAlready_TakesTheNewRoles()
    {
        await TrustFile.AddAsync(folder.Path, Pem(Spki), "old", [KeyRole.Run], default);
        await TrustFile.AddAsync(folder.Path, Pem(Spki), "new", [KeyRole.Agent], default);
        var key = Assert.Single(await TrustFile.ReadAsync(folder.Path, default));
        Assert.Equal("new", key.Name);
        Assert.Equal([KeyRole.Agent], key.Roles.AsEnumerable());
    }

    [Fact]
    public async Task Add_NoPublicKeyOnP256_IsRefusedAndNothingIsMade()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var p384 = Pem(Convert.FromBase64String(P384));
        foreach (var pem in new[] { "", "no pem", key.ExportPkcs8PrivateKeyPem(), p384 })
        {
            var error = await Assert.ThrowsAsync<KeyException>(() => TrustFile.AddAsync(folder["home"], pem, "", [KeyRole.Run], default));
            Assert.Contains("miyabi keys export", error.Message);
        }

        Assert.False(Directory.Exists(folder["home"]));
    }

    [Fact]
    public async Task Add_BadFileThere_LeavesItAlone()
    {
        await System.IO.File.WriteAllTextAsync(File, "{ half");
        await Assert.ThrowsAsync<KeyException>(() => TrustFile.AddAsync(folder.Path, Pem(Spki), "", [KeyRole.Run], default));
        Assert.Equal("{ half", await System.IO.File.ReadAllTextAsync(File));
    }

    [Fact]
    public async Task Add_ManyAtOnce_LosesNone()
    {
        var keys = Enumerable.Range(0, 20).Select(_ => NewKey()).ToImmutableArray();
        await Task.WhenAll(keys.Select(key => Task.Run(() => TrustFile.AddAsync(folder.Path, Pem(key), "", [KeyRole.Run], default))));
        var trusted = await TrustFile.ReadAsync(folder.Path, default);
        Assert.Equal(keys.Select(key => PublicKey.KeyId(key)).Order(StringComparer.Ordinal), trusted.Select(key => key.KeyId).Order(StringComparer.Ordinal));
        Assert.Equal(["home.lock", "trust.json"], Directory.EnumerateFiles(folder.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task AddOwn_NoKey_SaysSo()
    {
        var error = await Assert.ThrowsAsync<KeyException>(() => TrustFile.AddOwnAsync(folder.Path, default));
        Assert.Contains(folder["signing-key.pem"], error.Message);
    }

    [Fact]
    public async Task Remove_TrustedKey_IsTrustedNoLonger()
    {
        await TrustFile.AddAsync(folder.Path, Pem(Spki), "", [KeyRole.Run], default);
        Assert.False(await TrustFile.RemoveAsync(folder.Path, "unknown", default));
        Assert.Single(await TrustFile.ReadAsync(folder.Path, default));
        Assert.True(await TrustFile.RemoveAsync(folder.Path, Id, default));
        Assert.Empty(await TrustFile.ReadAsync(folder.Path, default));
    }

    private static byte[] NewKey()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return key.ExportSubjectPublicKeyInfo();
    }

    private static string Pem(byte[] spki) => PemEncoding.WriteString("PUBLIC KEY", spki);

    private static string Trust(params string[] keys) => $$"""{ "version": 1, "keys": [{{string.Join(", ", keys)}}] }""";

    private static string Entry(string? keyId = null, string? publicKey = null, string more = "") =>
        $$"""{ "keyId": "{{keyId ?? Id}}", "name": "someone", "publicKey": "{{publicKey ?? P256}}", "roles": ["run"]{{more}} }""";
}
