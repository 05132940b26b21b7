using System.Diagnostics;
using Orleans.Runtime;

namespace FlashSale.Embedded;

/// <summary>
/// One call. It holds the caller's promise as well, so that a call within the engine is one object; nothing in it changes while it
/// is served, so a transport may deliver it twice.
/// </summary>
internal abstract class GrainRequest(GrainProxy target) : Work
{
    // The caller's book-keeping: see PendingCalls.
    internal GrainRequest? Previous;
    internal GrainRequest? Next;
    internal PendingCalls.Stripe? Stripe;

    internal GrainProxy Target { get; } = target;

    internal GrainId Grain => Target.GrainId;

    /// <summary>The engine that the call was made through.</summary>
    internal GrainEngine Caller => Target.Engine;

    /// <summary>The caller's timestamp of the call.</summary>
    internal long SentAt { get; set; }

    /// <summary>The caller's timestamp after which it is told that the call timed out.</summary>
    internal long Deadline { get; set; }

    /// <summary>How often an engine has passed the request on since it was sent.</summary>
    internal int Forwards { get; set; }

    internal abstract GrainMethod Method { get; }

    internal override RequestMode Mode => Method.Mode;

    public override string ToString() => $"{Grain}.{Method.Name}";

    /// <summary>The caller hears that the call failed; nothing happens if it has heard before.</summary>
    internal abstract void Fail(Exception reason);

    /// <summary>The same call with arguments that the function has copied, for transports that pretend to serialize.</summary>
    internal abstract GrainRequest Copy(Func<object?, object?> copyValue);
}

/// <summary>The answer to a call, on its way back.</summary>
internal abstract class GrainReply(GrainRequest request)
{
    internal GrainRequest Request { get; } = request;

    /// <summary>What the grain threw, or null.</summary>
    internal abstract Exception? Exception { get; }

    /// <summary>The caller hears the answer; nothing happens if it has heard one before.</summary>
    internal abstract void Deliver();

    /// <summary>The same answer with a result that the function has copied.</summary>
    internal abstract GrainReply Copy(Func<object?, object?> copyValue);
}

internal sealed class GrainRequest<TArgs, TResult>(GrainProxy target, GrainMethod<TArgs, TResult> method, TArgs args)
    : GrainRequest(target)
{
    private readonly TaskCompletionSource<TResult> _promise = new(target.Engine.PromiseOptions);

    // The caller's span, if it is recorded: the grain's code runs in it, as with Orleans' AddActivityPropagation.
    private readonly Activity? _span = Activity.Current is { Recorded: true } span ? span : null;
    private GrainRequest<TArgs, TResult>? _original;

    internal Task<TResult> Task => _promise.Task;

    internal override GrainMethod Method => method;

    /// <summary>A caller within this engine that has given up; one elsewhere is believed to wait, as only it can know.</summary>
    internal override bool IsVoid => _original is null && Forwards == 0 && _promise.Task.IsCompleted;

    internal override void Start(Activation activation)
    {
        // The caller's clock was read for this call already, and it is the same clock here.
        activation.Touch(ReferenceEquals(activation.Engine, Caller) ? SentAt : activation.Engine.Now);
        ValueTask<TResult> answer;
        if (_span is not null)
            Activity.Current = _span;
        try
        {
            answer = method.Invoke(activation.GrainInstance!, args);
        }
        catch (Exception exception)
        {
            activation.Completed(this);
            Refuse(activation.Engine, exception);
            return;
        }
        finally
        {
            if (_span is not null)
                Activity.Current = null; // The next turn is somebody else's.
        }

        if (answer.IsCompletedSuccessfully)
        {
            activation.Completed(this);
            Reply(activation.Engine, answer.Result, exception: null);
        }
        else
        {
            _ = FinishAsync(activation, answer);
        }
    }

    internal override void Refuse(GrainEngine host, Exception reason) => Reply(host, default!, reason);

    internal override void Fail(Exception reason) => Answer(default!, reason);

    internal override GrainRequest Copy(Func<object?, object?> copyValue) =>
        new GrainRequest<TArgs, TResult>(Target, method, method.CopyArguments(args, copyValue))
        {
            _original = _original ?? this,
            SentAt = SentAt,
            Deadline = Deadline,
            Forwards = Forwards,
        };

    private async Task FinishAsync(Activation activation, ValueTask<TResult> answer)
    {
        TResult result = default!;
        Exception? failure = null;
        try
        {
            result = await answer;
        }
        catch (Exception exception)
        {
            failure = exception;
        }

        activation.Touch(activation.Engine.Now);
        activation.Completed(this);
        Reply(activation.Engine, result, failure);
    }

    private void Reply(GrainEngine host, TResult result, Exception? exception)
    {
        var request = _original ?? this;
        if (ReferenceEquals(host, Caller))
            request.Answer(result, exception);
        else
            host.Transport.Send(host, Caller, new Answered(request, result, exception));
    }

    private void Answer(TResult result, Exception? exception)
    {
        Stripe?.Remove(this);
        if (exception is null)
            _promise.TrySetResult(result);
        else
            _promise.TrySetException(exception);
    }

    private sealed class Answered(GrainRequest<TArgs, TResult> request, TResult result, Exception? exception) : GrainReply(request)
    {
        internal override Exception? Exception => exception;

        internal override void Deliver()
        {
            if (!request.Caller.IsDead)
                request.Answer(result, exception);
        }

        internal override GrainReply Copy(Func<object?, object?> copyValue) =>
            new Answered(request, exception is null ? (TResult)copyValue(result)! : result, exception);
    }
}
