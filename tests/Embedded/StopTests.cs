using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans;
using Orleans.Concurrency;
using Orleans.Runtime;

namespace FlashSale.Embedded.Tests;

public sealed class StopTests
{
    public interface IStopGrain : IGrainWithStringKey
    {
        [AlwaysInterleave]
        Task<string> Hold(string gate);

        Task CallOther(string gate, string other);

        Task Touch();
    }

    [Fact]
    public async Task Stopping_finishes_running_requests_refuses_new_ones_and_deactivates_all()
    {
        await using var engine = TestEngine.Start(typeof(StopGrain));
        var a = engine.Grains.GetGrain<IStopGrain>("a");
        var held = a.Hold("held");
        await engine.Grains.GetGrain<IStopGrain>("b").Touch();
        await engine.Journal.Seen("a begin held");

        var stop = engine.Engine.StopAsync(CancellationToken.None);
        await engine.Journal.Seen("b deactivate ShuttingDown");
        var refused = await Assert.ThrowsAsync<SiloUnavailableException>(() => a.Touch());
        Assert.Contains("is stopping", refused.Message, StringComparison.Ordinal);
        Assert.False(stop.IsCompleted);

        engine.Journal.Open("held");
        Assert.Equal("a", await held);
        await stop;
        Assert.Equal("a deactivate ShuttingDown", engine.Journal.Lines[^1]);
        Assert.Contains("has stopped", (await Assert.ThrowsAsync<SiloUnavailableException>(() => a.Touch())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Grains_may_call_each_other_while_stopping()
    {
        await using var engine = TestEngine.Start(typeof(StopGrain));
        var call = engine.Grains.GetGrain<IStopGrain>("a").CallOther("go", "b");
        var waiting = engine.Grains.GetGrain<IStopGrain>("a").Touch();
        await engine.Journal.Seen("a begin go");
        var stop = engine.Engine.StopAsync(CancellationToken.None);
        engine.Journal.Open("go");
        await Task.WhenAll(call, waiting, stop);
        Assert.Equal(
            ["a deactivate ShuttingDown", "b deactivate ShuttingDown"],
            engine.Journal.Lines.Where(line => line.Contains("deactivate", StringComparison.Ordinal)).Order());
    }

    [Fact]
    public async Task Stopping_ends_at_its_deadline_and_unanswered_calls_fail()
    {
        await using var engine = TestEngine.Start(typeof(StopGrain));
        var held = engine.Grains.GetGrain<IStopGrain>("a").Hold("never");
        await engine.Journal.Seen("a begin never");
        var stop = engine.Engine.StopAsync(CancellationToken.None);
        await engine.Journal.Turn();
        engine.Clock.Advance(TimeSpan.FromSeconds(10));
        await engine.Journal.Seen("a deactivate ShuttingDown");
        await stop;
        await Assert.ThrowsAsync<SiloUnavailableException>(() => held);
    }

    [Fact]
    public async Task Stopping_ends_when_its_token_says_so()
    {
        await using var engine = TestEngine.Start(typeof(StopGrain));
        var held = engine.Grains.GetGrain<IStopGrain>("a").Hold("never");
        await engine.Journal.Seen("a begin never");
        using var hurry = new CancellationTokenSource();
        var stop = engine.Engine.StopAsync(hurry.Token);
        await hurry.CancelAsync();
        await stop;
        await Assert.ThrowsAsync<SiloUnavailableException>(() => held);
    }

    [Fact]
    public async Task A_host_starts_and_stops_the_engine()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new());
        builder.UseOrleans(silo => silo.Services.AddSingleton<Journal>().AddGrains(typeof(StopGrain)));
        using var host = builder.Build();
        var grain = host.Services.GetRequiredService<IGrainFactory>().GetGrain<IStopGrain>("a");
        await Assert.ThrowsAsync<SiloUnavailableException>(() => grain.Touch());
        await host.StartAsync();
        await grain.Touch();
        await host.StopAsync();
        Assert.Equal(["a deactivate ShuttingDown"], host.Services.GetRequiredService<Journal>().Lines);
    }

    private sealed class StopGrain(Journal journal) : Grain, IStopGrain
    {
        public async Task<string> Hold(string gate)
        {
            journal.Scheduler = TaskScheduler.Current;
            journal.Add($"{this.GetPrimaryKeyString()} begin {gate}");
            await journal.Pass(gate);
            return this.GetPrimaryKeyString();
        }

        public async Task CallOther(string gate, string other)
        {
            await Hold(gate);
            await GrainFactory.GetGrain<IStopGrain>(other).Touch();
        }

        public Task Touch() => Task.CompletedTask;

        public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
        {
            journal.Add($"{this.GetPrimaryKeyString()} deactivate {reason.ReasonCode}");
            return Task.CompletedTask;
        }
    }
}
