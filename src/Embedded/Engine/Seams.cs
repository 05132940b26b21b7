using Orleans.Runtime;

namespace FlashSale.Embedded;

/// <summary>
/// Decides when an activation's turns run. The default hands mailboxes to the thread pool; a simulation keeps them in a list and picks by seed.
/// </summary>
internal interface ITurnScheduler
{
    /// <summary>
    /// The mailbox has work: call <see cref="Mailbox.Run"/> once for every call of this method, later, on any thread, never from within.
    /// The mailbox schedules itself again if work is left. Called from any thread; a mailbox is never scheduled twice at once.
    /// </summary>
    void Schedule(Mailbox mailbox);

    /// <summary>
    /// How the promises of calls are made. On a pool nobody's code may run inside the delivery of an answer. A simulation must do
    /// without: <c>Task.WhenAll</c> and <c>WhenAny</c> of such promises complete on the thread pool, out of the seed's reach.
    /// </summary>
    TaskCreationOptions PromiseOptions => TaskCreationOptions.RunContinuationsAsynchronously;
}

/// <summary>Knows which engine hosts a grain. The default: the one that asks.</summary>
internal interface IGrainLocator
{
    /// <summary>The engine that should serve the grain, or null when there is none.</summary>
    GrainEngine? Locate(GrainEngine asking, GrainId grain);

    /// <summary>The host has no activation of the grain any more, and no request waits for one.</summary>
    void Released(GrainEngine host, GrainId grain);
}

/// <summary>
/// Carries calls between engines; calls within one engine never get here. It may deliver a message late, twice
/// (the same object may be delivered again), as a copy, or never: then the caller times out.
/// </summary>
internal interface IGrainTransport
{
    /// <summary>Carries a request: <c>to.Receive(request)</c> delivers it.</summary>
    void Send(GrainEngine from, GrainEngine to, GrainRequest request);

    /// <summary>Carries an answer: <c>reply.Deliver()</c> delivers it.</summary>
    void Send(GrainEngine from, GrainEngine to, GrainReply reply);
}

/// <summary>Turns run on the thread pool, several per pool item while a mailbox has work.</summary>
internal sealed class ThreadPoolTurnScheduler : ITurnScheduler
{
    public void Schedule(Mailbox mailbox) => ThreadPool.UnsafeQueueUserWorkItem(mailbox, preferLocal: false);
}

/// <summary>One engine hosts everything.</summary>
internal sealed class LocalGrainLocator : IGrainLocator
{
    public GrainEngine? Locate(GrainEngine asking, GrainId grain) => asking;

    public void Released(GrainEngine host, GrainId grain)
    {
    }
}

/// <summary>Hands the message itself to the other engine of this process, at once.</summary>
internal sealed class DirectGrainTransport : IGrainTransport
{
    public void Send(GrainEngine from, GrainEngine to, GrainRequest request) => to.Receive(request);

    public void Send(GrainEngine from, GrainEngine to, GrainReply reply) => reply.Deliver();
}
