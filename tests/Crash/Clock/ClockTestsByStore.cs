using System.Globalization;
using FlashSale.Crash.Tests.Faults;
using FlashSale.Crash.Tests.Stores;

namespace FlashSale.Crash.Tests.Clock;

public sealed class SqliteClockTests : ClockTests
{
    [FactWith(Tools.Faketime)]
    public Task Jumps_two_hours_ahead() => Jump(TimeSpan.FromHours(2));

    [FactWith(Tools.Faketime)]
    [Trait("Tier", "Long")]
    public Task Is_set_back_by_a_day() => Jump(TimeSpan.FromDays(-1));

    private protected override Task<Store> NewStore() => Task.FromResult<Store>(new SqliteStore());
}

/// <summary>On a server of its own, which believes what the process believes.</summary>
public sealed class PostgresClockTests : ClockTests
{
    private PostgresCluster _cluster = null!;

    [FactWith(Tools.Faketime)]
    [Trait("Tier", "Long")]
    public Task Jumps_two_hours_ahead() => Jump(TimeSpan.FromHours(2));

    [FactWith(Tools.Faketime)]
    [Trait("Tier", "Long")]
    public Task Is_set_back_by_a_day() => Jump(TimeSpan.FromDays(-1));

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        await _cluster.DisposeAsync();
    }

    private protected override async Task AssertStoreBelieves(TimeSpan ahead)
    {
        const string utc = "SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SSZ')";
        var now = DateTimeOffset.Parse((string)(await Store.Run(utc))!, CultureInfo.InvariantCulture);
        Assert.InRange((now - TimeProvider.System.GetUtcNow() - ahead).Duration(), TimeSpan.Zero, TimeSpan.FromMinutes(1));
    }

    private protected override async Task<Store> NewStore()
    {
        _cluster = new PostgresCluster { Environment = Clock.Environment };
        await _cluster.InitializeAsync();
        return await PostgresStore.Create(_cluster);
    }
}
