using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Orleans.Concurrency;
using Orleans.Configuration;

namespace FlashSale.Embedded.Tests;

public sealed class TimeoutTests
{
    public interface ISlowGrain : IGrainWithStringKey
    {
        [AlwaysInterleave]
        Task<int> Hold(string gate);

        [AlwaysInterleave, ResponseTimeout("00:00:02")]
        Task<int> HoldTwoSeconds(string gate);

        Task<int> Exclusive(string gate);
    }

    [Fact]
    public async Task A_caller_hears_of_the_time_out_and_the_callee_goes_on()
    {
        await using var engine = TestEngine.Start(typeof(SlowGrain));
        var call = engine.Grains.GetGrain<ISlowGrain>("g").Hold("held");
        await engine.Journal.Seen("begin held");
        engine.Clock.Advance(TimeSpan.FromSeconds(29));
        Assert.False(call.IsCompleted);
        engine.Clock.Advance(TimeSpan.FromSeconds(1));
        await Assert.ThrowsAsync<TimeoutException>(() => call);

        engine.Journal.Open("held");
        await engine.Journal.Seen("end held");
    }

    [Fact]
    public async Task A_method_may_have_its_own_time_out()
    {
        await using var engine = TestEngine.Start(typeof(SlowGrain));
        var grain = engine.Grains.GetGrain<ISlowGrain>("g");
        var longer = grain.Hold("held");
        var shorter = grain.HoldTwoSeconds("held");
        engine.Clock.Advance(TimeSpan.FromSeconds(2));
        await Assert.ThrowsAsync<TimeoutException>(() => shorter);
        Assert.False(longer.IsCompleted);
        engine.Journal.Open("held");
        Assert.Equal(1, await longer);
    }

    [Fact]
    public async Task The_default_time_out_is_an_option()
    {
        await using var engine = TestEngine.Start(
            services => services.Configure<SiloMessagingOptions>(options => options.ResponseTimeout = TimeSpan.FromSeconds(5)), typeof(SlowGrain));
        var call = engine.Grains.GetGrain<ISlowGrain>("g").Hold("held");
        engine.Clock.Advance(TimeSpan.FromSeconds(5));
        await Assert.ThrowsAsync<TimeoutException>(() => call);
    }

    [Fact]
    public async Task A_request_that_timed_out_before_it_started_never_starts()
    {
        await using var engine = TestEngine.Start(typeof(SlowGrain));
        var grain = engine.Grains.GetGrain<ISlowGrain>("g");
        var running = grain.Exclusive("running");
        var waiting = grain.Exclusive("waiting");
        await engine.Journal.Seen("begin running");
        engine.Clock.Advance(TimeSpan.FromSeconds(30));
        await Assert.ThrowsAsync<TimeoutException>(() => running);
        await Assert.ThrowsAsync<TimeoutException>(() => waiting);
        engine.Journal.Open("running");
        engine.Journal.Open("later");
        Assert.Equal(1, await grain.Exclusive("later"));
        Assert.DoesNotContain("begin waiting", engine.Journal.Lines);
    }

    private sealed class SlowGrain(Journal journal) : Grain, ISlowGrain
    {
        public async Task<int> Hold(string gate)
        {
            journal.Add($"begin {gate}");
            await journal.Pass(gate);
            journal.Add($"end {gate}");
            return 1;
        }

        public Task<int> HoldTwoSeconds(string gate) => Hold(gate);

        public Task<int> Exclusive(string gate) => Hold(gate);
    }
}
