namespace FlashSale.Crash.Tests.Stores;

/// <summary>A schema in a PostgreSQL server.</summary>
/// <param name="administration">Connection string of an administrator whose search path it is.</param>
/// <param name="connection">What the processes connect with.</param>
internal sealed class PostgresStore(string administration, string connection) : Store
{
    protected override string[] Settings => ["--ConnectionStrings:FlashSale", connection];

    /// <summary>An empty one.</summary>
    public static async Task<PostgresStore> Create(PostgresCluster cluster)
    {
        var schema = await cluster.NewSchema();
        return new PostgresStore(schema, schema);
    }

    public override Task<object?> Run(string sql) => PostgresCluster.Run(administration, sql);
}
