namespace FlashSale.Embedded;

/// <summary>How a request gets along with the other requests of its grain.</summary>
internal enum RequestMode
{
    /// <summary>Waits until no other exclusive or read-only request runs.</summary>
    Exclusive,

    /// <summary>Runs together with other read-only requests.</summary>
    ReadOnly,

    /// <summary>Runs together with everything.</summary>
    Interleave,
}

/// <summary>Something that a mailbox does in a turn of its own, other than to resume a task.</summary>
internal abstract class TurnItem
{
    internal abstract void Run(Mailbox mailbox);
}

/// <summary>Something that an activation admits by its mode, and that then runs to its end: a request, or the tick of a timer.</summary>
internal abstract class Work : TurnItem
{
    internal abstract RequestMode Mode { get; }

    /// <summary>Nobody wants it any more.</summary>
    internal virtual bool IsVoid => false;

    /// <summary>Starts it on the activation's turn. Calls <see cref="Activation.Completed"/> exactly once, in a turn.</summary>
    internal abstract void Start(Activation activation);

    /// <summary>It will never start.</summary>
    internal abstract void Refuse(GrainEngine host, Exception reason);

    internal override void Run(Mailbox mailbox) => mailbox.Receive(this);
}
