namespace FlashSale.Embedded;

/// <summary>
/// The calls that an engine's callers wait for, and the one timer that looks for those that wait too long. A call costs a link into
/// a list and out again; a timer for each would cost more than the call.
/// </summary>
internal sealed class PendingCalls
{
    // More than one list only so that callers on different threads do not meet; a simulation, on one thread, uses one.
    private readonly Stripe[] _stripes;

    internal PendingCalls(int stripes)
    {
        _stripes = new Stripe[stripes];
        for (var i = 0; i < stripes; i++)
            _stripes[i] = new();
    }

    /// <summary>False when the engine takes no calls any more.</summary>
    internal bool Add(GrainRequest request) =>
        _stripes[_stripes.Length == 1 ? 0 : Environment.CurrentManagedThreadId % _stripes.Length].Add(request);

    /// <summary>Fails every call whose deadline has come, those that were made first first.</summary>
    internal void Expire(long now)
    {
        foreach (var request in _stripes.SelectMany(stripe => stripe.Find(request => request.Deadline <= now)))
            request.Fail(new TimeoutException($"No answer came from {request} within its response time-out."));
    }

    /// <summary>Fails every call, and every later one.</summary>
    internal void Close(Func<Exception> reason)
    {
        foreach (var stripe in _stripes)
            stripe.Close();
        foreach (var request in _stripes.SelectMany(stripe => stripe.Find(static _ => true)))
            request.Fail(reason());
    }

    /// <summary>One list, oldest call first.</summary>
    internal sealed class Stripe
    {
        private readonly Lock _gate = new();
        private GrainRequest? _first;
        private GrainRequest? _last;
        private bool _closed;

        internal bool Add(GrainRequest request)
        {
            lock (_gate)
            {
                if (_closed)
                    return false;
                request.Stripe = this;
                request.Previous = _last;
                if (_last is null)
                    _first = request;
                else
                    _last.Next = request;
                _last = request;
                return true;
            }
        }

        internal void Remove(GrainRequest request)
        {
            lock (_gate)
            {
                // An answer may come twice.
                if (request.Stripe is null)
                    return;
                request.Stripe = null;
                if (request.Previous is null)
                    _first = request.Next;
                else
                    request.Previous.Next = request.Next;
                if (request.Next is null)
                    _last = request.Previous;
                else
                    request.Next.Previous = request.Previous;
                request.Previous = request.Next = null;
            }
        }

        internal List<GrainRequest> Find(Func<GrainRequest, bool> wanted)
        {
            var found = new List<GrainRequest>();
            lock (_gate)
            {
                for (var request = _first; request is not null; request = request.Next)
                {
                    if (wanted(request))
                        found.Add(request);
                }
            }

            return found;
        }

        internal void Close()
        {
            lock (_gate)
                _closed = true;
        }
    }
}
