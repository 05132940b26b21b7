using System.Net;

namespace FlashSale.Crash.Tests.Crowd;

/// <summary>
/// A crowd before one shelf. Each taps with one key, repeats it wherever it can until it hears an answer that says something, and then keeps, gives
/// back or buys what it got.
/// </summary>
/// <param name="doors">They begin at one and go on at another.</param>
/// <param name="units">On the shelf.</param>
internal sealed class Shoppers(Door[] doors, int units)
{
    public const string Campaign = "drop", Sku = "shoe";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private readonly Lock _gate = new();
    private readonly List<(int Count, TaskCompletionSource Reached)> _awaited = [];
    private int _answers;
    private int _tries;

    public List<Shopper> All { get; } = [];

    public int Units => units;

    /// <summary>Requests that ended without an answer that says something.</summary>
    public int Unknown => _tries - _answers;

    /// <summary>Puts the units on the shelf.</summary>
    /// <param name="doors">They begin at one and go on at another.</param>
    /// <param name="units">How many.</param>
    /// <param name="holdSeconds">How long a hold lasts.</param>
    /// <param name="opensAt">A minute ago, unless told otherwise.</param>
    /// <param name="days">How long it is open.</param>
    public static async Task<Shoppers> OpenShop(Door[] doors, int units, int holdSeconds = 3600, DateTimeOffset? opensAt = null, int days = 1)
    {
        var api = await doors[0].Enter();
        await api.MakeSku(Sku, units);
        var opens = opensAt ?? TimeProvider.System.GetUtcNow().AddMinutes(-1);
        await Api.Expect(api.PutCampaign(Campaign, holdSeconds: holdSeconds, opensAt: opens, closesAt: opens.AddDays(days), skus: (Sku, units)));
        return new Shoppers(doors, units);
    }

    /// <summary>More shoppers.</summary>
    /// <param name="count">How many.</param>
    /// <param name="intents">In turn; nothing given: all keep what they get.</param>
    public async Task<Shopper[]> Come(int count, params Intent[] intents)
    {
        var api = await doors[0].Enter();
        var first = All.Count;
        var come = await Task.WhenAll(Enumerable.Range(first, count).Select(async i =>
            new Shopper($"shopper{i}", await api.Login($"shopper{i}"), intents.Length == 0 ? Intent.Keep : intents[i % intents.Length])));
        All.AddRange(come);
        return come;
    }

    public async Task<Shopper> Come(string name)
    {
        var shopper = new Shopper(name, await (await doors[0].Enter()).Login(name), Intent.Keep);
        All.Add(shopper);
        return shopper;
    }

    /// <summary>Waits for so many more answers.</summary>
    /// <param name="answers">How many.</param>
    /// <param name="before">The crowd, which must not be done by then.</param>
    public async Task Hear(int answers, Task before)
    {
        var heard = Heard(answers);
        await Task.WhenAny(before, heard);
        if (heard.IsCompleted) return;
        await before;
        Assert.Fail("The drop was over too early.");
    }

    /// <summary>Ends when there were so many more answers than now.</summary>
    public Task Heard(int answers)
    {
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate) _awaited.Add((_answers + answers, reached));
        return reached.Task;
    }

    /// <summary>Everybody taps until the shelf is empty and stays so.</summary>
    public async Task SellOut()
    {
        await Task.WhenAll(All.Select(Shop));
        while (All.Count(s => s.Promise is not null && s.State != "released") < units)
        {
            var left = All.Where(s => s.Promise is null).ToList();
            Assert.True(left.Count > 0, "the crowd is too small for the shelf");
            await Task.WhenAll(left.Select(Shop));
        }
    }

    /// <summary>Taps, and does with the hold what was intended.</summary>
    public async Task Shop(Shopper shopper)
    {
        await Tap(shopper);
        if (shopper.Promise is null || shopper.Ended || shopper.Intent == Intent.Keep) return;
        var hold = shopper.Promise.Id;
        var ended = await Ask(shopper, api => shopper.Intent == Intent.GiveBack
            ? api.Release(shopper.Token, hold)
            : api.Send(HttpMethod.Post, $"/sales/{shopper.Name}/{hold}"));
        Assert.True(ended.Status == HttpStatusCode.NoContent, $"{shopper.Name}: {ended.Status} {ended.Text}");
        shopper.Ended = true;
    }

    /// <summary>Taps, and repeats until it hears an answer that says something: a promise, or a refusal.</summary>
    public async Task Tap(Shopper shopper)
    {
        var answer = await Ask(shopper, api => api.Hold(shopper.Token, Campaign, Sku, "tap"));
        if (answer.Status == HttpStatusCode.Created)
        {
            shopper.Promise ??= answer;
            Assert.Equal(shopper.Promise.Text, answer.Text);
            return;
        }

        Assert.True(answer.Code is "sold_out", $"{shopper.Name}: {answer.Status} {answer.Text}");
        Assert.Null(shopper.Promise); // A promise is repeated, whatever became of it.
        shopper.Refusal = answer.Code;
    }

    private async Task<Answer> Ask(Shopper shopper, Func<Api, Task<Answer>> call)
    {
        using var patience = new CancellationTokenSource(Patience);
        for (var i = shopper.Name[^1]; ; i++)
        {
            Interlocked.Increment(ref _tries);
            try
            {
                var answer = await call(await doors[i % doors.Length].Enter());
                // 408, without a word: whose headers are just being read when a stopped process looks at the clock again took too long.
                if (answer.Status is not (HttpStatusCode.ServiceUnavailable or HttpStatusCode.RequestTimeout))
                {
                    Heard();
                    return answer;
                }
            }
            catch (Exception error) when (error is HttpRequestException or TaskCanceledException)
            {
                // Killed, not up yet, or too slow: nothing was heard.
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, patience.Token);
        }
    }

    private void Heard()
    {
        lock (_gate)
        {
            _answers++;
            foreach (var (_, reached) in _awaited.Where(a => a.Count <= _answers)) reached.TrySetResult();
            _awaited.RemoveAll(a => a.Count <= _answers);
        }
    }
}
