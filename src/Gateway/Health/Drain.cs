using FlashSale.Gateway.Board;
using FlashSale.Gateway.Http;

namespace FlashSale.Gateway.Health;

/// <summary>
/// The time between SIGTERM and the stop. Everything is served as before, new connections too, while <c>/health/ready</c> says 503: so a load
/// balancer learns to send nothing more before this process refuses it. Each answer also closes its connection (HTTP/1.1), so that a balancer's kept
/// ones are gone by then.
/// </summary>
internal sealed partial class Drain(IHostApplicationLifetime lifetime, GatewayOptions options, BoardCache boards, TimeProvider time, ILogger<Drain> log) : IHostedLifecycleService
{
    /// <summary>The host calls this before it stops any service, Kestrel among them.</summary>
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        lifetime.StopApplication(); // A stop that was no signal's has told nobody yet.
        if (options.DrainSeconds > 0)
        {
            Begins(options.DrainSeconds);
            await Task.Delay(TimeSpan.FromSeconds(options.DrainSeconds), time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        boards.Stop(); // A long poll that still waits would hold its grain up.
    }

    /// <summary>From SIGTERM on, each answer closes its connection.</summary>
    public static void CloseConnections(WebApplication app)
    {
        var stopping = app.Lifetime.ApplicationStopping;
        app.Use(next => http =>
        {
            if (stopping.IsCancellationRequested) Call.CloseAfter(http);
            return next(http);
        });
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    [LoggerMessage(1, LogLevel.Information, "Draining: everything is served for {Seconds} s more, and /health/ready says 503.")]
    private partial void Begins(int seconds);
}
