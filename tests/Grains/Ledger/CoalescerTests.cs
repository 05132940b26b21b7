using FlashSale.Contracts;
using FlashSale.Grains.Ledger;

namespace FlashSale.Grains.Tests.Ledger;

/// <summary>How single requests become batches.</summary>
public sealed class CoalescerTests
{
    private readonly List<string> _batches = [];
    private int _failed;

    [Fact]
    public async Task A_batch_is_as_large_as_allowed_and_names_nothing_twice()
    {
        var coalescer = NewCoalescer(most: 2, bound: 10);
        var answers = Task.WhenAll("a1 a2 b1 c1 a3".Split(' ').Select(coalescer.Ask));
        await RunToTheEnd(coalescer);
        Assert.Equal(["a1", "a2", "b1", "c1", "a3"], await answers);
        Assert.Equal(["a1 b1", "a2 c1", "a3"], _batches);
    }

    [Fact]
    public async Task What_is_wrong_with_one_request_fails_none_of_those_beside_it()
    {
        var coalescer = NewCoalescer(most: 3, bound: 10);
        var (a, bad, c) = (coalescer.Ask("a"), coalescer.Ask("bad"), coalescer.Ask("c"));
        await RunToTheEnd(coalescer);
        Assert.Equal(("a", "c"), (await a, await c));
        Assert.IsType<IOException>((await Assert.ThrowsAsync<LedgerUnavailableException>(() => bad)).InnerException);
        Assert.Equal(["a bad c", "a", "bad", "c"], _batches);
        Assert.Equal(1, _failed);
    }

    [Fact]
    public async Task More_than_may_wait_is_refused()
    {
        var coalescer = NewCoalescer(most: 2, bound: 2);
        var waiting = Task.WhenAll(coalescer.Ask("a"), coalescer.Ask("b"));
        Assert.Throws<LedgerOverloadedException>(() => { _ = coalescer.Ask("c"); });
        await RunToTheEnd(coalescer);
        await waiting;
    }

    [Fact]
    public void Whoever_asks_after_the_stop_is_refused_and_not_left_waiting()
    {
        var coalescer = NewCoalescer(most: 2, bound: 2);
        coalescer.Stop();
        Assert.Throws<LedgerUnavailableException>(() => { _ = coalescer.Ask("a"); });
    }

    [Fact]
    public void A_signal_ends_one_wait_whichever_comes_first()
    {
        var wake = new Wake();
        wake.Set();
        wake.Set();
        Assert.True(wake.Wait().IsCompleted);
        var waits = wake.Wait();
        Assert.False(waits.IsCompleted);
        wake.Set();
        Assert.True(waits.IsCompleted);
        Assert.False(wake.Wait().IsCompleted);
    }

    private Coalescer<string, string> NewCoalescer(int most, int bound) => new(Send, request => request[..1], most, bound, () => _failed++);

    private static Task RunToTheEnd(Coalescer<string, string> coalescer)
    {
        coalescer.Stop();
        return coalescer.Run();
    }

    private Task<string[]> Send(IReadOnlyList<string> requests)
    {
        _batches.Add(string.Join(' ', requests));
        return requests.Contains("bad") ? Task.FromException<string[]>(new IOException("It is bad.")) : Task.FromResult(requests.ToArray());
    }
}
