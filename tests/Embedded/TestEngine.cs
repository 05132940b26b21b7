using FlashSale.Testing;
using Microsoft.Extensions.DependencyInjection;
using Orleans;

namespace FlashSale.Embedded.Tests;

/// <summary>An engine of its own for one test, on the thread pool, with a clock that stands still.</summary>
internal sealed class TestEngine : IAsyncDisposable
{
    private readonly ServiceProvider _services;

    private TestEngine(ServiceProvider services) => _services = services;

    internal ManualTimeProvider Clock => (ManualTimeProvider)_services.GetRequiredService<TimeProvider>();

    internal GrainEngine Engine => _services.GetRequiredService<GrainEngine>();

    internal IGrainFactory Grains => Engine.Factory;

    internal Journal Journal => _services.GetRequiredService<Journal>();

    internal static TestEngine Start(params Type[] grainClasses) => Start(_ => { }, grainClasses);

    internal static TestEngine Start(Action<IServiceCollection> configure, params Type[] grainClasses)
    {
        var engine = Create(configure, grainClasses);
        engine.Engine.Start();
        return engine;
    }

    internal static TestEngine Create(Action<IServiceCollection> configure, params Type[] grainClasses)
    {
        var services = new ServiceCollection()
            .AddSingleton<TimeProvider>(new ManualTimeProvider())
            .AddSingleton<Journal>()
            .AddGrainEngine()
            .AddGrains(grainClasses);
        configure(services);
        return new(services.BuildServiceProvider());
    }

    public async ValueTask DisposeAsync()
    {
        Engine.Crash();
        await _services.DisposeAsync();
    }
}

/// <summary>What the grains of a test did, in order, and the gates that the test holds them at.</summary>
internal sealed class Journal
{
    private readonly Lock _gate = new();
    private readonly List<string> _lines = [];
    private readonly List<(string Line, int Times, TaskCompletionSource Seen)> _waiters = [];
    private readonly Dictionary<string, TaskCompletionSource> _gates = [];

    /// <summary>The scheduler of a grain that chose to show it.</summary>
    internal TaskScheduler? Scheduler { get; set; }

    /// <summary>Completes when that grain has had every turn that is due by now. Not a call, so no use of the grain.</summary>
    internal Task Turn() => Task.Factory.StartNew(() => { }, CancellationToken.None, TaskCreationOptions.None, Scheduler!);

    internal string[] Lines
    {
        get
        {
            lock (_gate)
                return [.. _lines];
        }
    }

    internal void Add(string line)
    {
        lock (_gate)
        {
            _lines.Add(line);
            foreach (var (_, _, seen) in _waiters.Where(waiter => _lines.Count(each => each == waiter.Line) >= waiter.Times).ToArray())
                seen.TrySetResult();
        }
    }

    /// <summary>Completes when the line has been written so many times.</summary>
    internal Task Seen(string line, int times = 1)
    {
        var seen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            _waiters.Add((line, times, seen));
            if (_lines.Count(each => each == line) >= times)
                seen.TrySetResult();
        }

        return seen.Task;
    }

    /// <summary>Completes when the test opens the gate.</summary>
    internal Task Pass(string gate) => Gate(gate).Task;

    internal void Open(string gate) => Gate(gate).TrySetResult();

    private TaskCompletionSource Gate(string name)
    {
        lock (_gate)
        {
            if (!_gates.TryGetValue(name, out var gate))
                _gates[name] = gate = new(TaskCreationOptions.RunContinuationsAsynchronously);
            return gate;
        }
    }
}
