using System.Security.Cryptography;
using System.Text;
using Miyabi.Core.Ledger;
using Miyabi.Storage.Keys;

namespace Miyabi.Storage.Tests.Keys;

public sealed class InstallationKeysTests : IDisposable
{
    private static readonly byte[] Message = "what is signed"u8.ToArray();
    private readonly TemporaryFolder folder = new();

    private string Home => folder["config/miyabi"];

    private string KeyPath => Path.Combine(Home, "signing-key.pem");

    private string TrustPath => Path.Combine(Home, "trust.json");

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task OpenOrCreate_FirstUse_MakesAKeyTrustedInEveryRole()
    {
        using var keys = await InstallationKeys.OpenOrCreateAsync(Home, default);
        var trusted = Assert.Single(keys.Trusted);
        Assert.Equal(keys.Signer.KeyId, trusted.KeyId);
        Assert.Equal(PublicKey.KeyId(trusted.SubjectPublicKeyInfo.Span), trusted.KeyId);
        Assert.Equal([KeyRole.Run, KeyRole.Agent, KeyRole.Control], trusted.Roles.AsEnumerable());
        Assert.Null(trusted.NotBefore);
        Assert.Null(trusted.NotAfter);
    }

    [Fact]
    public async Task OpenOrCreate_FirstUse_IsForTheOwnerOnly()
    {
        if (OperatingSystem.IsWindows())
            return; // folders there inherit their rights from the user's profile
        using var keys = await InstallationKeys.OpenOrCreateAsync(Home, default);
        const UnixFileMode file = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        Assert.Equal(file, File.GetUnixFileMode(KeyPath));
        Assert.Equal(file, File.GetUnixFileMode(TrustPath));
        Assert.Equal(file | UnixFileMode.UserExecute, File.GetUnixFileMode(Home));
    }

    [Fact]
    public async Task OpenOrCreate_SecondUse_HasTheSameKey()
    {
        using var first = await InstallationKeys.OpenOrCreateAsync(Home, default);
        using var second = await InstallationKeys.OpenOrCreateAsync(Home, default);
        Assert.Equal(first.Signer.KeyId, second.Signer.KeyId);
        Assert.Single(second.Trusted);
    }

    [Fact]
    public async Task OpenOrCreate_LeftoverOfACrash_IsRemoved()
    {
        Directory.CreateDirectory(Home);
        await File.WriteAllTextAsync(Path.Combine(Home, "~signing-key.pem.123"), "half a key");
        using var keys = await InstallationKeys.OpenOrCreateAsync(Home, default);
        Assert.Equal(["home.lock", "signing-key.pem", "trust.json"], Directory.EnumerateFiles(Home).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task OpenOrCreate_OthersTrustedBefore_KeepsThem()
    {
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var trusted = await TrustFile.AddAsync(Home, other.ExportSubjectPublicKeyInfoPem(), "other", [KeyRole.Control], default);
        using var keys = await InstallationKeys.OpenOrCreateAsync(Home, default);
        Assert.Equal([trusted.KeyId, keys.Signer.KeyId], keys.Trusted.Select(key => key.KeyId));
    }

    [Fact]
    public async Task Sign_ManyThreads_VerifiesWithTheTrustedKey()
    {
        using var keys = await InstallationKeys.OpenOrCreateAsync(Home, default);
        var signatures = await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => Task.Run(() => keys.Signer.SignAsync(Message, default).AsTask())));
        using var verifier = ECDsa.Create();
        verifier.ImportSubjectPublicKeyInfo(keys.Trusted[0].SubjectPublicKeyInfo.Span, out var _);
        Assert.All(signatures, signature =>
        {
            Assert.Equal(64, signature.Length);
            Assert.True(verifier.VerifyData(Message, signature, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation));
        });
    }

    [Fact]
    public async Task Sign_Cancelled_Throws()
    {
        using var keys = await InstallationKeys.OpenOrCreateAsync(Home, default);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => keys.Signer.SignAsync(Message, new CancellationToken(canceled: true)).AsTask());
    }

    [Fact]
    public async Task OpenOrCreate_ManyThreads_AgreeOnOneKey()
    {
        var ids = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Task.Run(async () =>
        {
            using var keys = await InstallationKeys.OpenOrCreateAsync(Home, default);
            return keys.Signer.KeyId;
        })));
        Assert.Single(ids.Distinct());
        Assert.Equal(ids[0], Assert.Single(await TrustFile.ReadAsync(Home, default)).KeyId);
    }

    [Fact]
    public async Task OpenOrCreate_ThreeProcesses_AgreeOnOneKey()
    {
        var command = RacerProcess.Command("key", Home);
        var ids = await RacerProcess.RunAsync(command, command, command);
        var id = Assert.Single(ids.SelectMany(lines => lines).Distinct());
        Assert.Equal(id, Assert.Single(await TrustFile.ReadAsync(Home, default)).KeyId);
    }

    [Theory]
    [InlineData(UnixFileMode.GroupRead)]
    [InlineData(UnixFileMode.OtherRead)]
    [InlineData(UnixFileMode.OtherWrite)]
    public async Task OpenOrCreate_KeyOpenToOthers_IsRefusedWithTheCure(UnixFileMode open)
    {
        if (OperatingSystem.IsWindows())
            return; // no modes there
        using (await InstallationKeys.OpenOrCreateAsync(Home, default))
            File.SetUnixFileMode(KeyPath, File.GetUnixFileMode(KeyPath) | open);
        var error = await Assert.ThrowsAsync<KeyException>(() => InstallationKeys.OpenOrCreateAsync(Home, default));
        Assert.Contains($"chmod 600 '{KeyPath}'", error.Message);
    }

    [Fact]
    public async Task OpenOrCreate_TrustFileLost_NamesTheCureAndTheCureWorks()
    {
        string id;
        using (var keys = await InstallationKeys.OpenOrCreateAsync(Home, default))
            id = keys.Signer.KeyId;
        File.Delete(TrustPath);
        var error = await Assert.ThrowsAsync<KeyException>(() => InstallationKeys.OpenOrCreateAsync(Home, default));
        Assert.Contains(TrustPath, error.Message);
        Assert.Contains("miyabi keys trust --own", error.Message);
        await TrustFile.AddOwnAsync(Home, default);
        using var again = await InstallationKeys.OpenOrCreateAsync(Home, default);
        Assert.Equal(id, Assert.Single(again.Trusted).KeyId);
    }

    [Fact]
    public async Task OpenOrCreate_BadKeyFile_NamesItAndShowsNothingOfIt()
    {
        using var p384 = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        using var p256 = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var rsa = RSA.Create(2048);
        var whole = p256.ExportPkcs8PrivateKeyPem();
        string[] bad =
        [
            "", "no pem", p384.ExportPkcs8PrivateKeyPem(), rsa.ExportPkcs8PrivateKeyPem(), p256.ExportSubjectPublicKeyInfoPem(), p256.ExportECPrivateKeyPem(),
            whole[..(whole.Length / 2)], whole.Replace(whole.Split('\n')[1][..8], "AAAAAAAA"),
            p256.ExportEncryptedPkcs8PrivateKeyPem("x", new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1)),
        ];
        using (await InstallationKeys.OpenOrCreateAsync(Home, default))
        {
            // The key and its rights are there from here on.
        }

        foreach (var pem in bad)
        {
            await File.WriteAllTextAsync(KeyPath, pem);
            var error = await Assert.ThrowsAsync<KeyException>(() => InstallationKeys.OpenOrCreateAsync(Home, default));
            Assert.Contains(KeyPath, error.Message);
            Assert.Contains("PKCS#8", error.Message);
            Assert.DoesNotContain(pem.Split('\n').Where(line => line.Length > 20 && line[0] != '-'), line => error.ToString().Contains(line, StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task PublicKeyPem_GivenToAnother_IsTrustedThere()
    {
        using var keys = await InstallationKeys.OpenOrCreateAsync(Home, default);
        var added = await TrustFile.AddAsync(folder["other"], keys.PublicKeyPem, "laptop", [KeyRole.Run], default);
        Assert.Equal(keys.Signer.KeyId, added.KeyId);
        Assert.StartsWith("-----BEGIN PUBLIC KEY-----", keys.PublicKeyPem);
    }

    [Fact]
    public async Task ToString_Keys_ShowNothingPrivate()
    {
        using var keys = await InstallationKeys.OpenOrCreateAsync(Home, default);
        var secret = (await File.ReadAllLinesAsync(KeyPath))[1];
        var shown = new StringBuilder().Append(keys).Append(keys.Signer).Append(keys.PublicKeyPem).Append(await File.ReadAllTextAsync(TrustPath)).ToString();
        Assert.DoesNotContain(secret, shown);
    }

    [Fact]
    public async Task OpenOrCreate_HomeIsAFile_SaysSo()
    {
        await File.WriteAllTextAsync(folder["file"], "");
        var error = await Assert.ThrowsAsync<KeyException>(() => InstallationKeys.OpenOrCreateAsync(folder["file"], default));
        Assert.Contains(folder["file"], error.Message);
        Assert.Contains("MIYABI_HOME", error.Message);
    }

    [Fact]
    public void MiyabiHome_NamedOrNot_IsFound()
    {
        Assert.Equal(folder["named"], MiyabiHome.Find(folder["named"], "/elsewhere"));
        Assert.Equal(folder["miyabi"], MiyabiHome.Find(null, folder.Path));
        Assert.Equal(folder["miyabi"], MiyabiHome.Find("", folder.Path));
        Assert.Contains("MIYABI_HOME", Assert.Throws<KeyException>(() => MiyabiHome.Find(null, "")).Message);
    }
}
