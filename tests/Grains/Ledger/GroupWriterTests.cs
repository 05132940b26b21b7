using FlashSale.Contracts;
using FlashSale.Grains.Journal;
using FlashSale.Grains.Ledger;
using FlashSale.Grains.Tests.Journal;
using FlashSale.Testing;
using Microsoft.Extensions.Logging;

namespace FlashSale.Grains.Tests.Ledger;

/// <summary>What goes into one group, and what becomes of it. Whatever is submitted before <see cref="Begin"/> waits for the first group.</summary>
public sealed class GroupWriterTests : IAsyncLifetime
{
    private const int SuspectsMost = 4096;

    private readonly TemporaryDirectory _directory = new();
    private readonly ManualTimeProvider _time = new();
    private readonly KeptLog _log = new();
    private StoreHealth _health = null!;
    private FaultyJournal _journal = null!;
    private GroupWriter _writer = null!;
    private Task _running = Task.CompletedTask;

    public Task InitializeAsync()
    {
        _health = new StoreHealth(_time);
        _journal = new FaultyJournal(_directory.Open(_time));
        _writer = new GroupWriter(_journal, _health, new Unsettled(), LedgerInstruments.None, _time, _log.CreateLogger<GroupWriter>());
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        _journal.LetGo();
        _writer.Stop();
        await _running;
        await _journal.Inner.DisposeAsync();
        _directory.Remove();
    }

    [Fact]
    public async Task A_group_has_as_many_events_as_allowed_and_no_more()
    {
        var all = Task.WhenAll(Submit(New("a"), 0, GroupWriter.EventsMost / 2), Submit(New("b"), 0, GroupWriter.EventsMost / 2), Submit(New("c"), 0, 1));
        Begin();
        await all;
        Assert.Equal(["a:1024 b:1024", "c:1"], Groups());
    }

    [Fact]
    public async Task A_group_has_as_many_ledgers_as_allowed_and_no_more()
    {
        var all = Task.WhenAll(Enumerable.Range(0, GroupWriter.LedgersMost + 1).Select(i => Submit(New($"{i}"), 0, 0)));
        Begin();
        await all;
        Assert.Equal([GroupWriter.LedgersMost, 1], _journal.Groups.Select(g => g.Count));
    }

    [Fact]
    public async Task What_follows_something_too_large_for_a_group_does_not_overtake_it()
    {
        var a = New("a");
        var all = Task.WhenAll(Submit(a, 0, 1), Submit(a, 1, GroupWriter.EventsMost), Submit(a, 1 + GroupWriter.EventsMost, 1));
        Begin();
        await await Task.WhenAny(all, _running);
        Assert.Equal(["a:1", "a:2048", "a:1"], Groups());
    }

    [Fact]
    public async Task Two_activations_of_one_ledger_never_share_a_group()
    {
        var (first, second) = (Submit(New("a"), 0, 1), Submit(New("a"), 0, 1));
        Begin();
        await await Task.WhenAny(first, _running);
        await Unavailable(second);
        Assert.Equal(["a:1", "a:1"], Groups());
    }

    [Fact]
    public async Task What_was_passed_over_still_waits()
    {
        var (arrived, go) = _journal.HoldNext();
        var all = Task.WhenAll(Submit(New("a"), 0, GroupWriter.EventsMost), Submit(New("b"), 0, 3), Submit(New("c"), 0, 0));
        Assert.Equal(GroupWriter.EventsMost + 4, _writer.Queued);
        Begin();
        await arrived;
        Assert.Equal(3, _writer.Queued);
        go();
        await all;
        Assert.Equal(0, _writer.Queued);
    }

    [Fact]
    public void Nothing_is_decided_any_more_once_as_much_waits_as_may()
    {
        _ = _writer.Submit(New("a"), 0, new EventRow[GroupWriter.QueueMost - 1]);
        Assert.True(_writer.HasRoom);
        _ = Submit(New("b"), 0, 0);
        Assert.False(_writer.HasRoom);
    }

    [Fact]
    public async Task Everything_that_waits_for_a_broken_ledger_fails_and_is_not_sent()
    {
        var broken = New("a");
        var (one, two, healthy) = (Submit(broken, 0, 1), Submit(broken, 1, 1), Submit(New("b"), 0, 1));
        broken.Broken = true;
        Begin();
        await Unavailable(one);
        await Unavailable(two);
        await healthy;
        Assert.Equal(["b:1"], Groups());
    }

    [Fact]
    public async Task A_fence_says_that_it_is_one_and_breaks_the_ledger_for_good()
    {
        Begin();
        await Submit(New("a"), 0, 1);
        var late = New("a");
        Assert.True((await Unavailable(Submit(late, 0, 1))).Fenced);
        Assert.True(late is { Broken: true, Fenced: true });
        Assert.True((await Assert.ThrowsAsync<LedgerUnavailableException>(() => Submit(late, 0, 1))).Fenced);
        Assert.Single(await _journal.Inner.ReadEvents("a", 0, 10));
    }

    [Fact]
    public async Task A_failed_group_breaks_its_ledgers_for_good()
    {
        Begin();
        _journal.Poison = _ => true;
        var lost = New("a");
        Assert.False((await Unavailable(Submit(lost, 0, 1))).Fenced);
        Assert.True(lost is { Broken: true, Fenced: false });
        await Assert.ThrowsAsync<LedgerUnavailableException>(() => Submit(lost, 0, 1));
        Assert.Single(_journal.Groups);
    }

    [Fact]
    public async Task A_failed_group_is_said_unless_the_store_is_known_to_be_down_and_doubted_either_way()
    {
        Begin();
        _journal.Poison = _ => true;
        await Unavailable(Submit(New("a"), 0, 1));
        Assert.Equal(1, _log.Count("was rolled back"));
        await _health.Woken();
        _health.Look();
        _health.Judge(up: false);
        await Unavailable(Submit(New("a"), 0, 1));
        Assert.Equal(1, _log.Count("was rolled back"));
        await _health.Woken();
    }

    [Fact]
    public async Task A_bare_check_of_an_unseen_ledger_creates_nothing()
    {
        Begin();
        var a = New("a");
        await Submit(a, 0, 0);
        Assert.Equal(0, a.Epoch);
        await Submit(a, 0, 1);
        Assert.Equal(1, a.Epoch);
        await Submit(a, 1, 1);
    }

    [Fact]
    public async Task A_submission_that_does_not_follow_the_one_before_ends_the_loop()
    {
        var a = New("a");
        _ = Submit(a, 0, 1);
        _ = Submit(a, 5, 1);
        Begin();
        var bug = _running;
        _running = Task.CompletedTask;
        Assert.Contains("seq 5 does not follow 1", (await Assert.ThrowsAsync<InvalidOperationException>(() => bug)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_ledger_whose_group_failed_goes_alone_until_it_succeeds()
    {
        await Suspect("p");
        await Together(() => [Submit(New("p"), 0, 1), Submit(New("a"), 0, 1), Submit(New("b"), 0, 1)]);
        Assert.Equal(["p:1", "a:1 b:1"], Groups());
        await Together(() => [Submit(New("p", epoch: 1), 1, 1), Submit(New("a", epoch: 1), 1, 1)]);
        Assert.Equal("p:1 a:1", Groups()[^1]);
    }

    [Fact]
    public async Task Behind_others_it_waits_for_a_group_of_its_own()
    {
        await Suspect("p");
        await Together(() => [Submit(New("a"), 0, 1), Submit(New("p"), 0, 1), Submit(New("b"), 0, 1)]);
        Assert.Equal(["a:1 b:1", "p:1"], Groups());
    }

    [Fact]
    public async Task What_it_has_itself_goes_together()
    {
        await Suspect("p");
        var p = New("p");
        await Together(() => [Submit(p, 0, 0), Submit(p, 0, 1), Submit(p, 1, 1)]);
        Assert.Equal(["p:2"], Groups());
    }

    [Fact]
    public async Task A_check_of_it_goes_with_others_but_its_events_do_not_join_there()
    {
        await Suspect("p");
        var p = New("p");
        await Together(() => [Submit(p, 0, 0), Submit(New("a"), 0, 1), Submit(p, 0, 1)]);
        Assert.Equal(["p:0 a:1", "p:1"], Groups());
    }

    [Fact]
    public async Task A_check_that_succeeds_clears_it_of_nothing()
    {
        await Suspect("p");
        var p = New("p");
        await Submit(p, 0, 0);
        await Together(() => [Submit(p, 0, 1), Submit(New("a"), 0, 1)]);
        Assert.Equal(["p:0", "p:1", "a:1"], Groups());
    }

    [Fact]
    public async Task More_suspects_than_it_can_remember_are_forgotten_together()
    {
        _journal.Poison = _ => true;
        var all = Task.WhenAll(Enumerable.Range(0, SuspectsMost + 2).Select(i => Submit(New($"p{i}"), 0, 1)));
        Begin();
        await Unavailable(all);
        _journal.Poison = _ => false;
        _journal.Groups.Clear();
        await Together(() => [Submit(New("p0"), 0, 1), Submit(New("a"), 0, 1)]);
        Assert.Equal(["p0:1", "a:1"], Groups());

        await Suspect("one-more");
        await Together(() => [Submit(New("p1"), 0, 1), Submit(New("b"), 0, 1)]);
        Assert.Equal(["p1:1 b:1"], Groups());
    }

    private static LedgerHandle New(string name, long epoch = 0) => new(name, epoch);

    private static Task<LedgerUnavailableException> Unavailable(Task submission) => Assert.ThrowsAsync<LedgerUnavailableException>(() => submission);

    private void Begin() => _running = _writer.Run();

    private Task Submit(LedgerHandle ledger, long seq, int events) =>
        _writer.Submit(ledger, seq, [.. Enumerable.Range(1, events).Select(i => new EventRow(seq + i, DateTimeOffset.UnixEpoch, null, 1, "{}"))]);

    /// <summary>The groups that came to the store, with what each ledger has in them; blockers are left out.</summary>
    private string[] Groups() => [.. _journal.Groups.Where(g => g[0].Ledger != "blocker").Select(g => string.Join(' ', g.Select(e => $"{e.Ledger}:{e.Events.Count}")))];

    // While a group is at the store, all that is submitted waits for the next one.
    private async Task Together(Func<Task[]> submit)
    {
        var (arrived, go) = _journal.HoldNext();
        var blocker = Submit(New("blocker"), 0, 0);
        await arrived;
        var waiting = submit();
        go();
        await blocker;
        await Task.WhenAll(waiting);
    }

    private async Task Suspect(string ledger)
    {
        if (_running.IsCompleted) Begin();
        _journal.Poison = _ => true;
        await Unavailable(Submit(New(ledger), 0, 1));
        _journal.Poison = _ => false;
        _journal.Groups.Clear();
    }
}
