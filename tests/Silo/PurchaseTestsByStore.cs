using FlashSale.Testing;

namespace FlashSale.Silo.Tests;

/// <summary>Purchases on SQLite.</summary>
public sealed class SqlitePurchaseTests : PurchaseTests
{
    private protected override Task<string[]> Store() => Task.FromResult<string[]>([]);
}

/// <summary>Purchases on PostgreSQL.</summary>
[Collection(PostgresTests.Name)]
public sealed class PostgresPurchaseTests(PostgresCluster cluster) : PurchaseTests
{
    private protected override async Task<string[]> Store() => ["--ConnectionStrings:FlashSale", await cluster.NewSchema()];
}
