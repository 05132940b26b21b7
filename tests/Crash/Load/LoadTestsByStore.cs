using FlashSale.Crash.Tests.Stores;
using Xunit.Abstractions;

namespace FlashSale.Crash.Tests.Load;

public sealed class SqliteRandomKillTests(ITestOutputHelper output) : RandomKillTests(output)
{
    private protected override Task<Store> NewStore() => Task.FromResult<Store>(new SqliteStore());
}

[Collection(PostgresTests.Name)]
public sealed class PostgresRandomKillTests(PostgresCluster cluster, ITestOutputHelper output) : RandomKillTests(output)
{
    private protected override async Task<Store> NewStore() => await PostgresStore.Create(cluster);
}
