using System.Text;
using System.Threading.Channels;
using FlashSale.Drop.Crowd;
using FlashSale.Drop.Http;

namespace FlashSale.Drop.Overload;

/// <summary>Purchases, each with a key of its own, by shoppers in turn; no retries, so that what is offered stays what was asked for.</summary>
internal sealed class Load(Target target, Shopper[] shoppers, TimeProvider time)
{
    static readonly TimeSpan RequestLimit = TimeSpan.FromSeconds(60), Tick = TimeSpan.FromMilliseconds(1);

    // Keeps the line of those who found all connections busy within bounds; who finds it full is counted as never sent.
    const int LineMost = 1_000_000;

    readonly Target _target = target;
    readonly Shopper[] _shoppers = shoppers;
    readonly TimeProvider _time = time;
    int _number;

    public TimeSpan Now => _time.GetElapsedTime(0);

    /// <summary>Each connection sends when it was answered, until the time is over.</summary>
    public async Task<Figures> ClosedAsync(int connections, TimeSpan length, CancellationToken stop)
    {
        var figures = new Figures(Now);
        var end = figures.Start + length;
        await Task.WhenAll(Enumerable.Range(0, connections).Select(async _ =>
        {
            await Task.Yield();
            using var buyer = new Buyer(this, figures);
            while (Now < end && !stop.IsCancellationRequested)
                await buyer.BuyAsync(due: Now);
        }));
        figures.End = Now;
        return figures;
    }

    /// <summary>Sends at a rate, whatever the server does, until the time is over; then what is under way is answered, and whoever is still in line is not sent.</summary>
    public async Task<Figures> OpenAsync(double perSecond, int connections, TimeSpan length, CancellationToken stop)
    {
        var figures = new Figures(Now);
        var line = Channel.CreateBounded<TimeSpan>(new BoundedChannelOptions(LineMost) { FullMode = BoundedChannelFullMode.DropWrite });
        var workers = Enumerable.Range(0, connections).Select(async _ =>
        {
            await Task.Yield();
            using var buyer = new Buyer(this, figures);
            try
            {
                while (Now - figures.Start < length)
                    await buyer.BuyAsync(await line.Reader.ReadAsync(stop));
            }
            catch (ChannelClosedException)
            {
                // The time is over.
            }
        }).ToArray();
        await OfferAsync(figures, line.Writer, perSecond, length, stop);
        line.Writer.Complete();
        await Task.WhenAll(workers);
        figures.End = Now;
        return figures;
    }

    async Task OfferAsync(Figures figures, ChannelWriter<TimeSpan> line, double perSecond, TimeSpan length, CancellationToken stop)
    {
        using var timer = new PeriodicTimer(Tick, _time);
        for (var offered = 0L; Now - figures.Start < length;)
        {
            await timer.WaitForNextTickAsync(stop);
            for (var due = (long)Math.Min((Now - figures.Start).TotalSeconds * perSecond, length.TotalSeconds * perSecond); offered < due; offered++)
                line.TryWrite(figures.Start + TimeSpan.FromSeconds(offered / perSecond));
            figures.Offered = offered;
        }
    }

    /// <summary>One connection and what it needs.</summary>
    sealed class Buyer(Load load, Figures figures) : IDisposable
    {
        readonly Connection _connection = new(load._target.EndPoint, RequestLimit, load._time);
        readonly byte[] _buffer = new byte[ShopperRequests.BufferBytes];
        readonly byte[] _key = new byte[16];

        public async ValueTask BuyAsync(TimeSpan due)
        {
            var number = Interlocked.Increment(ref load._number);
            var token = load._shoppers[number % load._shoppers.Length].Token;
            number.TryFormat(_key, out var digits);
            var sent = load.Now;
            var response = await _connection.ExchangeAsync(load._target.Requests.Hold(_buffer, token, _key.AsSpan(0, digits)));
            figures.Count(Answer.Read(response), due, sent, load.Now);
        }

        public void Dispose() => _connection.Dispose();
    }
}
