using Orleans;
using Orleans.Concurrency;

namespace FlashSale.Embedded.Tests;

public sealed class InterleaveTests
{
    public interface IGateGrain : IGrainWithStringKey
    {
        Task Exclusive(string name);

        [ReadOnly]
        Task Read(string name);

        [AlwaysInterleave]
        Task Interleave(string name);

        Task Note(string name);
    }

    [Fact]
    public async Task Exclusive_requests_run_one_at_a_time_in_arrival_order()
    {
        await using var engine = TestEngine.Start(typeof(GateGrain));
        var grain = engine.Grains.GetGrain<IGateGrain>("g");
        var first = grain.Exclusive("first");
        var later = Enumerable.Range(0, 100).Select(i => grain.Note($"later {i}")).ToArray();
        await engine.Journal.Seen("begin first");
        await grain.Interleave("pass");
        Assert.Equal(["begin first", "begin pass", "end pass"], engine.Journal.Lines);

        engine.Journal.Open("first");
        await Task.WhenAll([first, .. later]);
        Assert.Equal(["end first", .. Enumerable.Range(0, 100).Select(i => $"later {i}")], engine.Journal.Lines[3..]);
    }

    [Fact]
    public async Task Interleaving_requests_start_while_all_others_wait()
    {
        await using var engine = TestEngine.Start(typeof(GateGrain));
        var grain = engine.Grains.GetGrain<IGateGrain>("g");
        Task[] held = [grain.Exclusive("a"), grain.Exclusive("b"), grain.Read("c")];
        await grain.Interleave("pass");
        Assert.Equal(["begin a", "begin pass", "end pass"], engine.Journal.Lines);
        Open(engine, "a", "b", "c");
        await Task.WhenAll(held);
    }

    [Fact]
    public async Task Read_only_requests_run_together_and_keep_others_out()
    {
        await using var engine = TestEngine.Start(typeof(GateGrain));
        var grain = engine.Grains.GetGrain<IGateGrain>("g");
        Task[] readers = [grain.Read("a"), grain.Read("b")];
        await Task.WhenAll(engine.Journal.Seen("begin a"), engine.Journal.Seen("begin b"));
        var writer = grain.Exclusive("w");
        var late = grain.Read("late");
        await grain.Interleave("pass");
        Assert.DoesNotContain("begin w", engine.Journal.Lines);
        Assert.DoesNotContain("begin late", engine.Journal.Lines);

        Open(engine, "a", "b");
        await engine.Journal.Seen("begin w");
        await grain.Interleave("pass again");
        Assert.DoesNotContain("begin late", engine.Journal.Lines);
        Open(engine, "w", "late");
        await Task.WhenAll([.. readers, writer, late]);
    }

    [Fact]
    public async Task A_running_interleaved_request_keeps_nobody_out()
    {
        await using var engine = TestEngine.Start(typeof(GateGrain));
        var grain = engine.Grains.GetGrain<IGateGrain>("g");
        var open = grain.Interleave("held");
        await engine.Journal.Seen("begin held");
        await grain.Note("exclusive");
        Assert.False(open.IsCompleted);
        Open(engine, "held");
        await open;
    }

    [Fact]
    public async Task Requests_of_a_reentrant_grain_all_interleave()
    {
        await using var engine = TestEngine.Start(typeof(ReentrantGateGrain));
        var grain = engine.Grains.GetGrain<IGateGrain>("g");
        Task[] held = [grain.Exclusive("a"), grain.Exclusive("b")];
        await Task.WhenAll(engine.Journal.Seen("begin a"), engine.Journal.Seen("begin b"));
        Open(engine, "a", "b");
        await Task.WhenAll(held);
    }

    private static void Open(TestEngine engine, params string[] gates)
    {
        foreach (var gate in gates)
            engine.Journal.Open(gate);
    }

    private class GateGrain(Journal journal) : Grain, IGateGrain
    {
        public Task Exclusive(string name) => Hold(name);

        public Task Read(string name) => Hold(name);

        public Task Interleave(string name) => Hold(name);

        public Task Note(string name)
        {
            journal.Add(name);
            return Task.CompletedTask;
        }

        private async Task Hold(string name)
        {
            journal.Add($"begin {name}");
            if (!name.StartsWith("pass", StringComparison.Ordinal))
                await journal.Pass(name);
            journal.Add($"end {name}");
        }
    }

    [Reentrant]
    private sealed class ReentrantGateGrain(Journal journal) : GateGrain(journal);
}
