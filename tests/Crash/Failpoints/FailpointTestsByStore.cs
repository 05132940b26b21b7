using FlashSale.Crash.Tests.Stores;

namespace FlashSale.Crash.Tests.Failpoints;

public sealed class SqliteFailpointTests : FailpointTests
{
    private protected override Task<Store> NewStore() => Task.FromResult<Store>(new SqliteStore());
}

[Collection(PostgresTests.Name)]
public sealed class PostgresFailpointTests(PostgresCluster cluster) : FailpointTests
{
    private protected override async Task<Store> NewStore() => await PostgresStore.Create(cluster);
}
