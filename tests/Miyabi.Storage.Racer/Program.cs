using System.Text;
using Miyabi.Core.Ledger;
using Miyabi.Storage.Directories;
using Miyabi.Storage.Keys;

// A process of its own for tests of what only several processes can show. It says 'ready', waits for a line on stdin, works, and prints
// what came of it, one line each.
//   create ROOT COUNT WHO   creates race/0 .. race/COUNT-1 with WHO as content; prints the numbers it won
//   fill ROOT BYTES COUNT   creates big/0 .. of so many bytes; prints the first error
//   key HOME                opens or makes the key; prints its id
Console.WriteLine("ready");
Console.ReadLine();
switch (args)
{
    case ["create", var root, var count, var who]:
        var store = new DirectoryBlobStore(root);
        for (var i = 0; i < int.Parse(count); i++)
        {
            if (await store.CreateAsync($"race/{i}", Encoding.UTF8.GetBytes(who), default))
                Console.WriteLine(i);
        }

        return 0;

    case ["fill", var root, var bytes, var count]:
        var full = new DirectoryBlobStore(root);
        try
        {
            for (var i = 0; i < int.Parse(count); i++)
                await full.CreateAsync($"big/{i}", new byte[int.Parse(bytes)], default);
        }
        catch (StoreException e)
        {
            Console.WriteLine($"{e.Fault}: {e.Message}");
            await foreach (var item in full.ListAsync("", default))
                Console.WriteLine($"{item.Name} {item.Bytes}");
            Console.WriteLine($"aside {Directory.GetFileSystemEntries(Path.Combine(root, "~writing")).Length}");
        }

        return 0;


    case ["key", var home]:
        using (var keys = await InstallationKeys.OpenOrCreateAsync(home, default))
            Console.WriteLine(keys.Signer.KeyId);
        return 0;

    default:
        return 2;
}
