using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans;
using Orleans.Configuration;
using Orleans.Runtime;

namespace FlashSale.Embedded;

/// <summary>
/// Hosts grains in this process. Several engines may live in one process; they share nothing but what their locator and transport
/// connect.
/// </summary>
internal sealed partial class GrainEngine
{
    private readonly ConcurrentDictionary<GrainId, Mailbox> _mailboxes = new();
    private readonly GrainClasses _classes;
    private readonly IGrainLocator _locator;
    private readonly GrainEngineOptions _options;
    private readonly ILogger _logger;
    private readonly PendingCalls _pending;
    private readonly long _responseTimeout;
    private readonly TimeSpan _sweepPeriod;
    private readonly TaskCompletionSource _drained;
    private readonly List<ITimer> _timers = [];
    private volatile EngineState _state;

    public GrainEngine(
        IServiceProvider services, GrainClasses classes, TimeProvider time, ITurnScheduler scheduler, IGrainLocator locator,
        IGrainTransport transport, IOptions<GrainEngineOptions> options, IOptions<SiloMessagingOptions> messaging,
        IOptions<GrainCollectionOptions> collection, ILogger<GrainEngine> logger)
    {
        Services = services;
        Time = time;
        Scheduler = scheduler;
        PromiseOptions = scheduler.PromiseOptions;
        _drained = new(PromiseOptions);
        Transport = transport;
        Collection = collection.Value;
        Factory = new(this);
        _classes = classes;
        _locator = locator;
        _options = options.Value;
        _logger = logger;
        _activationPace = new(time);
        _timerPace = new(time);
        _pending = new(scheduler is ThreadPoolTurnScheduler ? Environment.ProcessorCount : 1);
        _responseTimeout = ToTimestamp(messaging.Value.ResponseTimeout);
        _sweepPeriod = TimeSpan.FromMilliseconds(Math.Clamp(_options.TimeoutPrecision.TotalMilliseconds, 1, int.MaxValue));
    }

    /// <summary>How far a host's engine has come. Each state follows from the ones before; a crash may come at any time.</summary>
    private enum EngineState
    {
        Created,
        Running,

        /// <summary>Serves what was accepted, and calls between grains.</summary>
        Stopping,

        /// <summary>No turn runs any more.</summary>
        Dead,
    }

    /// <summary>A name for logs and traces.</summary>
    internal string Name => _options.Name;

    internal IServiceProvider Services { get; }

    internal TimeProvider Time { get; }

    internal ITurnScheduler Scheduler { get; }

    internal TaskCreationOptions PromiseOptions { get; }

    internal IGrainTransport Transport { get; }

    internal GrainFactory Factory { get; }

    internal GrainCollectionOptions Collection { get; }

    internal bool IsStopping => _state == EngineState.Stopping;

    internal bool IsDead => _state == EngineState.Dead;

    /// <summary>Grains that are activated, or about to be.</summary>
    internal int ActivationCount => _mailboxes.Count;

    internal long Now => Time.GetTimestamp();

    public override string ToString() => $"{Name} ({_state})";

    internal void Start()
    {
        if (_state != EngineState.Created)
            throw new InvalidOperationException($"The grain engine {this} cannot be started.");
        _state = EngineState.Running;
        Every(_sweepPeriod, static engine => engine._pending.Expire(engine.Now));
        Every(Collection.CollectionQuantum, static engine => engine.CollectIdle());
        LogStarted(Name, _classes.Count);
    }

    /// <summary>
    /// Refuses calls from outside, lets running requests finish, deactivates every grain, and ends within
    /// <see cref="GrainEngineOptions.StopTimeout"/> or when the token says so; then no turn runs any more.
    /// </summary>
    internal async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_state != EngineState.Running)
            return;
        _state = EngineState.Stopping;
        foreach (var mailbox in _mailboxes.Values.OrderBy(mailbox => mailbox.Grain))
            mailbox.Post(ShutDownItem.Instance);
        if (_mailboxes.IsEmpty)
            _drained.TrySetResult();

        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var timeout = Task.Delay(_options.StopTimeout, Time, deadline.Token);
        if (await Task.WhenAny(_drained.Task, timeout) == timeout && !_drained.Task.IsCompleted)
            LogStopTimedOut(Name, _mailboxes.Count);
        deadline.Cancel(); // Not CancelAsync: it leaves for the thread pool, where a simulation would lose it.
        Kill();
        _pending.Close(() => new SiloUnavailableException($"The grain engine {Name} has stopped. Whether the call took effect is unknown."));
    }

    /// <summary>
    /// Stops dead, as if the process had been killed: no turn runs any more, nothing is deactivated, nobody is answered.
    /// </summary>
    internal void Crash() => Kill();

    internal long ToTimestamp(TimeSpan time) =>
        time == Timeout.InfiniteTimeSpan || time == TimeSpan.MaxValue
            ? long.MaxValue / 2
            : (long)Math.Min(time.TotalSeconds * Time.TimestampFrequency, long.MaxValue / 2);

    /// <summary>How long each of the two stages of a deactivation may take.</summary>
    internal TimeSpan DrainTimeout(DeactivationReasonCode reason) =>
        (reason == DeactivationReasonCode.ShuttingDown ? _options.StopTimeout : Collection.DeactivationTimeout) / 2;

    internal GrainProxy GetReference(Type grainInterface, GrainId grain)
    {
        var grainClass = _classes.For(grainInterface);
        return grainClass.GrainType == grain.Type
            ? GrainInterface.Of(grainInterface).CreateProxy(this, grain)
            : throw new ArgumentException($"{grain} is no {grainInterface}.", nameof(grain));
    }

    internal GrainProxy GetReference(Type grainInterface, string key)
    {
        var grainClass = _classes.For(grainInterface);
        return GrainInterface.Of(grainInterface).CreateProxy(this, GrainId.Create(grainClass.GrainType, key));
    }

    /// <summary>A call through a reference.</summary>
    internal Task<TResult> Call<TArgs, TResult>(GrainProxy target, GrainMethod<TArgs, TResult> method, TArgs args)
    {
        var request = new GrainRequest<TArgs, TResult>(target, method, args);
        if (RefuseCalls() is { } refusal)
        {
            request.Fail(refusal);
            return request.Task;
        }

        request.SentAt = Now;
        request.Deadline = request.SentAt + (method.ResponseTimeout is { } timeout ? ToTimestamp(timeout) : _responseTimeout);
        if (!_pending.Add(request))
        {
            request.Fail(Unavailable("has stopped"));
            return request.Task;
        }

        var host = _locator.Locate(this, target.GrainId);
        if (ReferenceEquals(host, this))
            Deliver(request);
        else if (host is null)
            request.Fail(new SiloUnavailableException($"No engine hosts {target.GrainId}."));
        else
            Transport.Send(this, host, request);
        return request.Task;
    }

    /// <summary>A request from another engine. Only the activation's host may have moved since it was sent.</summary>
    internal void Receive(GrainRequest request)
    {
        if (_state is EngineState.Created or EngineState.Dead)
            return;
        request.Forwards = Math.Max(request.Forwards, 1);
        if (!_mailboxes.ContainsKey(request.Grain) && _locator.Locate(this, request.Grain) is { } host && !ReferenceEquals(host, this)
            && request.Forwards < 3)
        {
            request.Forwards++;
            Transport.Send(this, host, request);
            return;
        }

        Deliver(request);
    }

    /// <summary>A mailbox has closed.</summary>
    internal void Remove(Mailbox mailbox)
    {
        if (!_mailboxes.TryRemove(new(mailbox.Grain, mailbox)))
            return;
        _locator.Released(this, mailbox.Grain);
        if (IsStopping && _mailboxes.IsEmpty)
            _drained.TrySetResult();
    }

    private void Deliver(GrainRequest request)
    {
        // A reference remembers the mailbox that it used last: most calls then look nothing up.
        var mailbox = request.Target.Mailbox;
        while (mailbox is null || !ReferenceEquals(mailbox.Engine, this) || !mailbox.Post(request))
        {
            if (mailbox is not null && ReferenceEquals(mailbox.Engine, this))
                Remove(mailbox);
            if (!_mailboxes.TryGetValue(request.Grain, out mailbox))
            {
                if (_classes.For(request.Grain.Type) is not { } grainClass)
                {
                    request.Refuse(this, new OrleansMessageRejectionException($"{Name} has no grain class for {request.Grain}."));
                    return;
                }

                mailbox = _mailboxes.GetOrAdd(
                    request.Grain,
                    static (grain, args) => new(args.Engine, grain, args.Class),
                    (Engine: this, Class: grainClass));
            }
        }

        if (ReferenceEquals(request.Caller, this))
            request.Target.Mailbox = mailbox;
    }

    private SiloUnavailableException? RefuseCalls() => _state switch
    {
        EngineState.Running => null,
        EngineState.Stopping => TaskScheduler.Current is Mailbox mailbox && ReferenceEquals(mailbox.Engine, this) ? null : Unavailable("is stopping"),
        EngineState.Created => Unavailable("has not started"),
        _ => Unavailable("has stopped"),
    };

    private SiloUnavailableException Unavailable(string why) => new($"The grain engine {Name} {why}; it takes no calls from outside.");

    private void CollectIdle()
    {
        var now = Now;
        var age = ToTimestamp(Collection.CollectionAge);
        foreach (var mailbox in _mailboxes.Values.Where(mailbox => mailbox.Activation?.LooksIdle(now, age) == true).OrderBy(mailbox => mailbox.Grain))
            mailbox.Post(new CollectItem(age));
    }

    private void Every(TimeSpan period, Action<GrainEngine> action) => _timers.Add(Time.CreateTimer(
        _ =>
        {
            if (!IsDead)
                action(this);
        },
        state: null, period, period));

    private void Kill()
    {
        _state = EngineState.Dead;
        foreach (var timer in _timers)
            timer.Dispose();
    }

    private sealed class CollectItem(long age) : TurnItem
    {
        internal override void Run(Mailbox mailbox) => mailbox.Activation?.CollectIfIdle(age);
    }

    private sealed class ShutDownItem : TurnItem
    {
        internal static readonly ShutDownItem Instance = new();

        internal override void Run(Mailbox mailbox) =>
            mailbox.Activation?.Deactivate(new(DeactivationReasonCode.ShuttingDown, "The process stops."));
    }
}
