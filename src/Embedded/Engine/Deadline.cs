namespace FlashSale.Embedded;

/// <summary>Tells an activation, in a turn of its own, that a stage of its life took too long.</summary>
internal sealed class Deadline : TurnItem, IDisposable
{
    private readonly Mailbox _mailbox;
    private readonly Activation _activation;
    private readonly CancellationTokenSource _cancellation = new();
    private readonly ITimer _timer;

    internal Deadline(Mailbox mailbox, Activation activation, TimeSpan timeout)
    {
        _mailbox = mailbox;
        _activation = activation;
        _timer = mailbox.Engine.Time.CreateTimer(
            static state => ((Deadline)state!).Pass(), this, timeout, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Cancelled in a turn of the activation, never on the thread of the timer.</summary>
    internal CancellationToken Token => _cancellation.Token;

    internal void Cancel() => _cancellation.Cancel();

    public void Dispose() => _timer.Dispose();

    internal override void Run(Mailbox mailbox) => _activation.DeadlinePassed(this);

    private void Pass() => _mailbox.Post(this);
}
