namespace FlashSale.Grains.Journal;

/// <summary>Where the PostgreSQL journal is and how it is used.</summary>
/// <param name="ConnectionString">Npgsql's, for a direct connection: a pooler in between that shares sessions loses their settings.</param>
internal sealed record PostgresOptions(string ConnectionString)
{
    /// <summary>How long one statement may take before its outcome counts as unknown; default 10 s, range 1 s to 10 min.</summary>
    public TimeSpan CommandTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Connections of this process; default 16, range 3 to 500. One of them is the appends' own.</summary>
    public int ConnectionsMost { get; init; } = 16;
}
