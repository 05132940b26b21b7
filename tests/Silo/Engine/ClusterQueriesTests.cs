using System.Text;
using FlashSale.Grains.Journal;
using FlashSale.Silo.Engine;
using FlashSale.Testing;
using Npgsql;

namespace FlashSale.Silo.Tests.Engine;

/// <summary>The queries that Orleans' providers run, with the parameters that they give and the answers that they read.</summary>
[Collection(PostgresTests.Name)]
public sealed class ClusterQueriesTests(PostgresCluster cluster) : IAsyncLifetime
{
    private const int Active = 3;
    private const int Dead = 6;
    private static readonly DateTime Then = new(2026, 11, 11, 10, 0, 0, DateTimeKind.Utc);

    private PostgresJournal _journal = null!;
    private NpgsqlDataSource _database = null!;

    public async Task InitializeAsync()
    {
        var store = await cluster.NewSchema();
        _journal = await PostgresJournal.Open(new PostgresOptions(store));
        _database = await ClusterSchema.Open(store);
    }

    public async Task DisposeAsync()
    {
        await _database.DisposeAsync();
        await _journal.DisposeAsync();
    }

    [Fact]
    public async Task A_cluster_begins_once()
    {
        Assert.Equal(1, await Scalar("InsertMembershipVersionKey"));
        Assert.Equal(0, await Scalar("InsertMembershipVersionKey"));
        var row = Assert.Single(await Rows("MembershipReadAllKey"));
        Assert.Equal((0, null), (row["Version"], row["StartTime"]));
    }

    [Fact]
    public async Task A_silo_joins_once_and_only_on_the_version_that_it_has_read()
    {
        await Begin();

        Assert.Equal(0, await Join(port: 1, version: 1));
        Assert.Equal(1, await Join(port: 1, version: 0));
        Assert.Equal(0, await Join(port: 2, version: 0));
        Assert.Equal(0, await Join(port: 1, version: 1));

        var row = Assert.Single(await Rows("MembershipReadAllKey"));
        Assert.Equal(
            (1, "127.0.0.1", 1, 7, "silo", "host", Active, 30_001, null, Then, Then),
            (row["Version"], row["Address"], row["Port"], row["Generation"], row["SiloName"], row["HostName"], row["Status"], row["ProxyPort"], row["SuspectTimes"],
                row["StartTime"], row["IAmAliveTime"]));
    }

    [Fact]
    public async Task A_silo_is_changed_only_on_the_version_that_was_read()
    {
        await Begin();
        await Join(port: 1, version: 0);

        Assert.Equal(0, await Change(port: 1, version: 0));
        Assert.Equal(0, await Change(port: 2, version: 1));
        Assert.Equal(1, await Change(port: 1, version: 1));

        var row = Assert.Single(await Rows("MembershipReadRowKey", Silo(1)));
        Assert.Equal((2, Dead, "suspects", Then.AddHours(1)), (row["Version"], row["Status"], row["SuspectTimes"], row["IAmAliveTime"]));
    }

    [Fact]
    public async Task Of_many_that_change_the_membership_at_once_one_does()
    {
        await Begin();
        await Join(port: 1, version: 0);

        var done = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => i % 2 == 0 ? Change(port: 1, version: 1) : Join(port: 10 + i, version: 1)));

        Assert.Equal(1, done.Sum());
        Assert.All(await Rows("MembershipReadAllKey"), row => Assert.Equal(2, row["Version"]));
    }

    [Fact]
    public async Task The_version_is_read_also_where_the_silo_is_unknown()
    {
        await Begin();

        var row = Assert.Single(await Rows("MembershipReadRowKey", Silo(1)));
        Assert.Equal((0, null), (row["Version"], row["Port"]));
    }

    [Fact]
    public async Task A_sign_of_life_changes_no_version()
    {
        await Begin();
        await Join(port: 1, version: 0);

        await Rows("UpdateIAmAlivetimeKey", [.. Silo(1), ("IAmAliveTime", Then.AddDays(1))]);

        var row = Assert.Single(await Rows("MembershipReadAllKey"));
        Assert.Equal((1, Then.AddDays(1)), (row["Version"], row["IAmAliveTime"]));
    }

    [Fact]
    public async Task Gateways_are_the_silos_of_a_status_that_have_a_port_for_them()
    {
        await Begin();
        await Join(port: 1, version: 0);
        await Join(port: 2, version: 1);
        await Join(port: 3, version: 2, proxyPort: 0);
        await Change(port: 2, version: 3);

        var row = Assert.Single(await Rows("GatewaysQueryKey", ("Status", Active)));
        Assert.Equal(("127.0.0.1", 30_001, 7), (row["Address"], row["ProxyPort"], row["Generation"]));
    }

    [Fact]
    public async Task Old_silos_that_are_not_active_are_cleaned_away_and_a_whole_cluster_can_be()
    {
        await Begin();
        await Join(port: 1, version: 0);
        await Join(port: 2, version: 1);
        await Change(port: 2, version: 2);
        await Rows("CleanupDefunctSiloEntriesKey", ("IAmAliveTime", Then));
        Assert.Equal(2, (await Rows("MembershipReadAllKey")).Count);

        await Rows("CleanupDefunctSiloEntriesKey", ("IAmAliveTime", Then.AddDays(1)));
        Assert.Equal(1, Assert.Single(await Rows("MembershipReadAllKey"))["Port"]);

        await Rows("DeleteMembershipTableEntriesKey");
        Assert.Empty(await Rows("MembershipReadAllKey"));
    }

    [Fact]
    public async Task A_document_is_written_only_over_the_version_that_was_read()
    {
        Assert.Empty(await Rows("ReadFromStorageKey", Document()));
        Assert.Equal(1, await Write("""{"a":1}""", version: null));
        Assert.Null(await Write("""{"a":2}""", version: null));
        Assert.Equal(2, await Write("""{"a":2}""", version: 1));
        Assert.Null(await Write("""{"a":3}""", version: 1));

        var row = Assert.Single(await Rows("ReadFromStorageKey", Document()));
        Assert.Equal((2, """{"a":2}"""), (row["Version"], Encoding.UTF8.GetString((byte[])row["PayloadBinary"]!)));
    }

    [Fact]
    public async Task A_cleared_document_is_gone_but_its_versions_go_on()
    {
        await Write("""{"a":1}""", version: null);

        Assert.Null(await Scalar("ClearStorageKey", [.. Document(), ("GrainStateVersion", 7)]));
        Assert.Equal(2, await Scalar("ClearStorageKey", [.. Document(), ("GrainStateVersion", 1)]));
        Assert.Null(Assert.Single(await Rows("ReadFromStorageKey", Document()))["PayloadBinary"]);
        Assert.Equal(3, await Write("""{"a":4}""", version: 2));
    }

    [Fact]
    public async Task Documents_are_those_of_the_embedded_engine()
    {
        await Write("""{"a":"é"}""", version: null);
        Assert.Equal(new StoredState("""{"a":"é"}""", "1"), await _journal.GrainState.Read("catalog-entry", "sku-shoe"));

        Assert.Equal("2", await _journal.GrainState.Write("catalog-entry", "sku-shoe", """{"a":2}""", "1"));
        Assert.Equal(3, await Write("""{"a":3}""", version: 2));
        Assert.True(await _journal.GrainState.Delete("catalog-entry", "sku-shoe", "3"));
        Assert.Equal(5, await Write("""{"a":5}""", version: null));
    }

    private async Task Begin() => await Rows("InsertMembershipVersionKey");

    private async Task<int> Join(int port, int version, int proxyPort = 30_001) => (int)(await Scalar(
        "InsertMembershipKey",
        [
            .. Silo(port), ("SiloName", "silo"), ("HostName", "host"), ("Status", Active), ("ProxyPort", proxyPort), ("StartTime", Then), ("IAmAliveTime", Then),
            ("Version", version),
        ]))!;

    private async Task<int> Change(int port, int version) => (int)(await Scalar(
        "UpdateMembershipKey",
        [.. Silo(port), ("Status", Dead), ("SuspectTimes", "suspects"), ("IAmAliveTime", Then.AddHours(1)), ("Version", version)]))!;

    private Task<object?> Write(string json, int? version) =>
        Scalar("WriteToStorageKey", [.. Document(), ("GrainStateVersion", version), ("PayloadBinary", Encoding.UTF8.GetBytes(json))]);

    private static (string, object?)[] Silo(int port) => [("Address", "127.0.0.1"), ("Port", port), ("Generation", 7)];

    // As the provider gives them: it hashes what it also gives in full.
    private static (string, object?)[] Document() =>
    [
        ("GrainIdHash", 1), ("GrainIdN0", 0L), ("GrainIdN1", 0L), ("GrainTypeHash", 2), ("GrainTypeString", "catalog-entry"), ("GrainIdExtensionString", "sku-shoe"),
        ("ServiceId", "flashsale"),
    ];

    private async Task<object?> Scalar(string key, params (string Name, object? Value)[] parameters) => (await Rows(key, parameters)).SingleOrDefault()?.Values.Single();

    private async Task<List<Dictionary<string, object?>>> Rows(string key, params (string Name, object? Value)[] parameters)
    {
        await using var find = _database.CreateCommand("SELECT QueryText FROM OrleansQuery WHERE QueryKey = $1");
        find.Parameters.Add(new() { Value = key });
        await using var command = _database.CreateCommand((string)(await find.ExecuteScalarAsync())!);
        foreach (var (name, value) in parameters.Append(("DeploymentId", "flashsale")))
            command.Parameters.Add(new() { ParameterName = name, Value = value ?? DBNull.Value, DbType = Type(value) });

        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<Dictionary<string, object?>>();
        while (await reader.ReadAsync())
        {
            rows.Add(Enumerable.Range(0, reader.FieldCount).ToDictionary(
                reader.GetName, i => reader.IsDBNull(i) ? null : reader.GetValue(i), StringComparer.OrdinalIgnoreCase));
        }

        return rows;
    }

    private static System.Data.DbType Type(object? value) => value switch
    {
        string => System.Data.DbType.String,
        long => System.Data.DbType.Int64,
        DateTime => System.Data.DbType.DateTime,
        byte[] => System.Data.DbType.Binary,
        _ => System.Data.DbType.Int32,
    };
}
