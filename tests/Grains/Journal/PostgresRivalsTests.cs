using System.Collections.Concurrent;
using FlashSale.Grains.Journal;
using FlashSale.Testing;
using static FlashSale.Grains.Tests.Journal.TestLedgers;

namespace FlashSale.Grains.Tests.Journal;

/// <summary>Several processes on one database: nothing is lost, and they never wait for each other in a circle.</summary>
[Collection(PostgresTests.Name)]
public sealed class PostgresRivalsTests(PostgresCluster cluster) : IAsyncLifetime
{
    private readonly List<PostgresJournal> _journals = [];
    private string _store = "";

    public async Task InitializeAsync() => _store = await cluster.NewSchema();

    public async Task DisposeAsync()
    {
        foreach (var journal in _journals) await journal.DisposeAsync();
    }

    [Fact]
    public async Task Two_openers_fence_each_other_and_share_all_else()
    {
        var (one, other) = (await Open(), await Open());
        Assert.True(await one.Append("stock/sku-1", 0, 0));

        Assert.Equal(new LedgerHead(2, 1), await other.Bump("stock/sku-1"));

        Assert.False(await one.Append("stock/sku-1", 1, 1));
        Assert.False(await one.Matches("stock/sku-1", 1, 1));
        Assert.True(await other.Append("stock/sku-1", 2, 1));
        Assert.Equal(2, (await one.Seqs("stock/sku-1")).Length);
    }

    [Fact]
    public async Task A_lease_taken_before_the_servers_clock_was_set_back_is_nobodys()
    {
        var (one, other) = (await Open(), await Open());
        var length = TimeSpan.FromMinutes(5);
        Assert.True(await one.TryLease("keeper", "one", length));

        await PostgresCluster.Run(_store, "UPDATE lease SET expires_at = expires_at + interval '1 day'");

        Assert.False(await other.TryLease("keeper", "other", TimeSpan.FromDays(1))); // Within two of its lengths.
        Assert.True(await other.TryLease("keeper", "other", length));
        Assert.False(await one.TryLease("keeper", "one", length));
    }

    [Fact]
    public async Task Giving_back_a_lease_takes_it_from_nobody()
    {
        var (one, other) = (await Open(), await Open());
        Assert.True(await one.TryLease("keeper", "one", TimeSpan.FromMinutes(5)));

        Assert.False(await other.TryLease("keeper", "other", TimeSpan.Zero));
    }

    [Fact]
    public async Task Two_writers_who_fight_over_a_ledger_lose_nothing_that_was_acknowledged()
    {
        const int Rounds = 60, EventsMost = 20;
        var acknowledged = new ConcurrentBag<string>();

        await Task.WhenAll(new[] { await Open(), await Open() }.Select((journal, writer) => Fight(journal, writer)));

        var events = await _journals[0].ReadEvents("stock/sku-1", 0, 10_000);
        Assert.Equal(Enumerable.Range(1, events.Count).Select(seq => (long)seq), events.Select(row => row.Seq));
        Assert.Equal(events.Select(row => row.Payload).Order(StringComparer.Ordinal), acknowledged.Order(StringComparer.Ordinal));
        Assert.Equal(events.Count, (await _journals[0].Head("stock/sku-1")).Seq);
        Assert.True(acknowledged.Count >= 2 * Rounds);

        async Task Fight(PostgresJournal journal, int writer)
        {
            for (var round = 0; round < Rounds;)
            {
                var head = await journal.Bump("stock/sku-1");
                for (var i = 0; i < EventsMost; i++)
                {
                    var payload = $$"""{"writer":{{writer}},"round":{{round}},"i":{{i}}}""";
                    var won = await journal.Append([new JournalEntry("stock/sku-1", head.Epoch, head.Seq, [Event(head.Seq + 1, payload)])]);
                    if (!won[0]) break;
                    acknowledged.Add(payload);
                    head = new LedgerHead(Math.Max(head.Epoch, 1), head.Seq + 1);
                    if (i == 0) round++;
                }
            }
        }
    }

    [Fact]
    public async Task Groups_and_bumps_over_the_same_new_and_existing_ledgers_never_deadlock()
    {
        const int Rounds = 100, Ledgers = 24, Writers = 4;
        var journals = new List<PostgresJournal>();
        for (var i = 0; i < Writers; i++) journals.Add(await Open());
        var appended = 0;

        await Task.WhenAll(journals.Select((journal, writer) => Write(journal, new Random(writer))));

        Assert.True(appended > Rounds);

        // Each round has ledgers of its own. All writers begin with what they believe to be new, in an order of their own, together with
        // those of the round before, which exist; and open some of those meanwhile. Whoever is late is fenced; an error would be thrown.
        async Task Write(PostgresJournal journal, Random random)
        {
            for (var round = 0; round < Rounds; round++)
            {
                var fresh = Some(random, round).Select(ledger => Entry(ledger, 0, 0));
                var names = Some(random, round - 1).ToArray();
                var heads = await journal.Bump(names);
                var group = fresh.Concat(names.Zip(heads, (ledger, head) => Entry(ledger, head.Epoch, head.Seq))).ToArray();
                random.Shuffle(group);
                var (append, bump) = (journal.Append(group), journal.Bump([.. Some(random, round)]));
                var won = await append;
                await bump;
                Interlocked.Add(ref appended, won.Count(matched => matched));
            }
        }

        static IEnumerable<string> Some(Random random, int round)
        {
            var ledgers = Enumerable.Range(0, Ledgers).ToArray();
            random.Shuffle(ledgers);
            return ledgers.Take(Ledgers / 2).Select(i => $"cart/{round + 1}-{i}").ToArray();
        }
    }

    private async Task<PostgresJournal> Open()
    {
        var journal = await PostgresJournal.Open(new PostgresOptions(_store));
        _journals.Add(journal);
        return journal;
    }
}
