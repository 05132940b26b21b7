using FlashSale.Testing;
using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Orleans.Concurrency;
using Orleans.Runtime;

namespace FlashSale.Embedded.Tests;

/// <summary>Several engines on one thread, with a directory, a transport, a clock and a scheduler that the test drives.</summary>
public sealed class ClusterTests
{
    public interface IHostGrain : IGrainWithStringKey
    {
        Task<string> Host(int[] argument);

        Task<string> CallOther(string key);

        [AlwaysInterleave]
        Task<int> Hold();

        Task<int> Count();

        Task Leave();
    }

    [Fact]
    public void Both_engines_reach_the_one_activation()
    {
        var cluster = new Cluster("a", "b");
        Assert.Equal("a", cluster.Run(cluster.Grain("a", "g").Host([])));
        Assert.Equal("a", cluster.Run(cluster.Grain("b", "g").Host([])));
        Assert.Equal("b", cluster.Run(cluster.Grain("b", "h").CallOther("g2")));
        Assert.Equal(["Host", "Host reply"], cluster.Wire);
    }

    [Fact]
    public void A_call_between_grains_of_two_engines_resumes_on_the_callers_turns()
    {
        var cluster = new Cluster("a", "b");
        cluster.Run(cluster.Grain("b", "there").Host([]));
        Assert.Equal("b", cluster.Run(cluster.Grain("a", "here").CallOther("there")));
    }

    [Fact]
    public void A_lost_request_or_reply_times_out()
    {
        var cluster = new Cluster("a", "b");
        cluster.Run(cluster.Grain("b", "g").Host([]));
        foreach (var lost in new[] { "Count", "Count reply" })
        {
            cluster.Carry = message => message == lost ? 0 : 1;
            var call = cluster.Grain("a", "g").Count();
            cluster.Drain();
            Assert.False(call.IsCompleted);
            cluster.Clock.Advance(TimeSpan.FromSeconds(30));
            Assert.IsType<TimeoutException>(call.Exception!.InnerException);
        }

        // The second one was served; only its reply was lost.
        Assert.Equal(2, cluster.Run(cluster.Grain("b", "g").Count()));
    }

    [Fact]
    public void A_doubled_request_is_served_twice_and_answered_once()
    {
        var cluster = new Cluster("a", "b");
        cluster.Run(cluster.Grain("b", "g").Host([]));
        cluster.Carry = message => message == "Count" ? 2 : 1;
        Assert.Equal(1, cluster.Run(cluster.Grain("a", "g").Count()));
        Assert.Equal(3, cluster.Run(cluster.Grain("b", "g").Count()));
    }

    [Fact]
    public void A_copied_request_carries_other_objects()
    {
        var cluster = new Cluster("a", "b");
        cluster.Run(cluster.Grain("b", "g").Host([]));
        var argument = new[] { 0 };
        cluster.CopyValue = value => value is int[] array ? array.ToArray() : value;
        cluster.Run(cluster.Grain("a", "g").Host(argument));
        Assert.Equal(0, argument[0]);
        cluster.Run(cluster.Grain("b", "g").Host(argument));
        Assert.Equal(1, argument[0]);
    }

    [Fact]
    public void A_crashed_engine_runs_no_turn_answers_nobody_and_another_takes_over()
    {
        var cluster = new Cluster("a", "b");
        var held = cluster.Grain("b", "g").Hold();
        cluster.Drain();
        var fromOther = cluster.Grain("a", "g").Hold();
        cluster.Drain();
        cluster.Crash("b");
        cluster.Release.SetResult();
        cluster.Drain();
        Assert.DoesNotContain("b deactivate", cluster.Log);
        Assert.False(held.IsCompleted);
        Assert.False(fromOther.IsCompleted);
        cluster.Clock.Advance(TimeSpan.FromSeconds(30));
        Assert.IsType<TimeoutException>(fromOther.Exception!.InnerException);
        Assert.False(held.IsCompleted);
        Assert.IsType<SiloUnavailableException>(cluster.Grain("b", "g").Count().Exception!.InnerException);
        Assert.Equal("a", cluster.Run(cluster.Grain("a", "g").Host([])));
    }

    [Fact]
    public void A_released_grain_may_move()
    {
        var cluster = new Cluster("a", "b");
        cluster.Run(cluster.Grain("a", "g").Leave());
        cluster.Drain();
        Assert.Equal(["a deactivate"], cluster.Log);
        Assert.Equal("b", cluster.Run(cluster.Grain("b", "g").Host([])));
    }

    [Fact]
    public void The_thread_pool_takes_no_part()
    {
        var cluster = new Cluster("a", "b");
        cluster.Run(cluster.Grain("a", "g").CallOther("h"));
        cluster.Run(cluster.Grain("b", "g").CallOther("h"));
        Assert.Equal([Environment.CurrentManagedThreadId], cluster.Threads.Distinct());
    }

    internal sealed class Cluster : ITurnScheduler, IGrainLocator, IGrainTransport
    {
        private readonly Dictionary<string, GrainEngine> _engines = [];
        private readonly Dictionary<GrainId, GrainEngine> _directory = [];
        private readonly Queue<Mailbox> _ready = [];

        internal Cluster(params string[] names)
        {
            foreach (var name in names)
            {
                var services = new ServiceCollection()
                    .AddSingleton<TimeProvider>(Clock)
                    .AddSingleton<ITurnScheduler>(this)
                    .AddSingleton<IGrainLocator>(this)
                    .AddSingleton<IGrainTransport>(this)
                    .AddSingleton(this)
                    .Configure<GrainEngineOptions>(options => options.Name = name)
                    .AddGrainEngine()
                    .AddGrains(typeof(HostGrain));
                _engines[name] = services.BuildServiceProvider().GetRequiredService<GrainEngine>();
                _engines[name].Start();
            }
        }

        internal ManualTimeProvider Clock { get; } = new();

        internal List<string> Wire { get; } = [];

        internal List<string> Log { get; } = [];

        internal List<int> Threads { get; } = [];

        internal TaskCompletionSource Release { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>How many times a message arrives.</summary>
        internal Func<string, int> Carry { get; set; } = _ => 1;

        internal Func<object?, object?>? CopyValue { get; set; }

        public void Schedule(Mailbox mailbox) => _ready.Enqueue(mailbox);

        public GrainEngine? Locate(GrainEngine asking, GrainId grain)
        {
            if (!_directory.TryGetValue(grain, out var host) || host.IsDead)
                _directory[grain] = host = asking;
            return host;
        }

        public void Released(GrainEngine host, GrainId grain) => _directory.Remove(grain);

        public void Send(GrainEngine from, GrainEngine to, GrainRequest request)
        {
            Wire.Add(request.Method.Name);
            for (var i = 0; i < Carry(request.Method.Name); i++)
                to.Receive(CopyValue is null ? request : request.Copy(CopyValue));
        }

        public void Send(GrainEngine from, GrainEngine to, GrainReply reply)
        {
            Wire.Add($"{reply.Request.Method.Name} reply");
            for (var i = 0; i < Carry($"{reply.Request.Method.Name} reply"); i++)
                (CopyValue is null ? reply : reply.Copy(CopyValue)).Deliver();
        }

        internal IHostGrain Grain(string engine, string key) => _engines[engine].Factory.GetGrain<IHostGrain>(key);

        internal void Crash(string engine) => _engines[engine].Crash();

        internal void Drain()
        {
            while (_ready.TryDequeue(out var mailbox))
                mailbox.Run(turnsMax: 1);
        }

        internal T Run<T>(Task<T> call)
        {
            Run((Task)call);
            return call.GetAwaiter().GetResult();
        }

        internal void Run(Task call)
        {
            Drain();
            Assert.True(call.IsCompleted);
        }
    }

    private sealed class HostGrain(Cluster cluster, GrainEngine engine) : Grain, IHostGrain
    {
        private int _count;

        public Task<string> Host(int[] argument)
        {
            if (argument.Length > 0)
                argument[0]++;
            return Task.FromResult(engine.Name);
        }

        public async Task<string> CallOther(string key)
        {
            cluster.Threads.Add(Environment.CurrentManagedThreadId);
            var mine = TaskScheduler.Current;
            var host = await GrainFactory.GetGrain<IHostGrain>(key).Host([]);
            Assert.Same(mine, TaskScheduler.Current);
            cluster.Threads.Add(Environment.CurrentManagedThreadId);
            return host;
        }

        public async Task<int> Hold()
        {
            await cluster.Release.Task;
            return 1;
        }

        public Task<int> Count() => Task.FromResult(++_count);

        public Task Leave()
        {
            DeactivateOnIdle();
            return Task.CompletedTask;
        }

        public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
        {
            cluster.Log.Add($"{engine.Name} deactivate");
            return Task.CompletedTask;
        }
    }
}
