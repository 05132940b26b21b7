using System.Text;

namespace FlashSale.Drop.Crowd;

/// <summary>What a shopper does besides buying one unit; any mix.</summary>
[Flags]
internal enum Habits
{
    None = 0,
    DoubleTaps = 1,
    Deserts = 2,
    DesertsHard = 4,
    Abandons = 8,
    AbandonsTwice = 16,
    Greedy = 32,
}

/// <summary>The next thing a shopper does. Each is one or two requests, after which it may have to wait without holding a connection.</summary>
internal enum Stage
{
    Buy,
    RepeatAccepted,
    Release,
    ReleaseAgain,
}

/// <summary>One purchase under one key: what was asked, and everything that was answered about it.</summary>
internal sealed class Wish(byte[] key)
{
    public byte[] Key { get; } = key;

    /// <summary>The body of the first 201, which every later answer to this key must repeat to the byte.</summary>
    public byte[]? FirstAnswer { get; set; }

    public string? HoldId { get; set; }

    /// <summary>A request was sent whose answer nobody read, so the server may have accepted it.</summary>
    public bool OutcomeUnknown { get; set; }

    /// <summary>The last answer about it was a yes or a no.</summary>
    public bool Decided { get; set; }

    public bool Deserted { get; set; }

    public bool ReleaseAsked { get; set; }

    /// <summary>A 204 was heard: from here on the hold must have ended.</summary>
    public bool Released { get; set; }

    public bool IsPromised => FirstAnswer is not null;
}

/// <summary>One member of the crowd. Touched by one worker at a time.</summary>
/// <param name="number">Its place in the crowd.</param>
/// <param name="haste">0.5 to 1.5: how much sooner or later than others it tries again, so that those refused together do not come back together.</param>
internal sealed class Shopper(string name, Habits habits, TimeSpan ponders, int number = 0, double haste = 1)
{
    static readonly TimeSpan LongestRetry = TimeSpan.FromSeconds(5);

    readonly List<Wish> _wishes = [new Wish(KeyOf(name, 0))];
    Pace _pace;
    int _requests, _failures;

    public string Name { get; } = name;

    /// <summary>How long an abandoner thinks before it gives its unit back.</summary>
    public TimeSpan Ponders { get; } = ponders;

    public byte[] Token { get; set; } = [];

    public Stage Stage { get; set; }

    /// <summary>When it came, in an open loop; else when it was first served.</summary>
    public TimeSpan? Arrived { get; set; }

    /// <summary>In an open loop, when it was its turn: from here counts the latency of the turn's first request.</summary>
    public TimeSpan? Due { get; set; }

    public bool Served { get; set; }

    /// <summary>It has heard a yes or no.</summary>
    public bool Decided { get; set; }

    public bool CameBack { get; set; }

    public IReadOnlyList<Wish> Wishes => _wishes;

    public Wish Wish => _wishes[^1];

    public int UnitsPromised => _wishes.Count(wish => wish is { IsPromised: true, ReleaseAsked: false });

    public ref Pace Pace => ref _pace;

    public bool Has(Habits habit) => (habits & habit) != Habits.None;

    /// <summary>Which of so many servers its next request goes to: all in turn, beginning with another one than its neighbours' first.</summary>
    public int NextServer(int servers) => (int)((uint)(number + _requests++) % (uint)servers);

    /// <summary>How long to wait after an answer that decided nothing: what the server asks for, doubled with each failure in a row.</summary>
    public TimeSpan RetryAfter(TimeSpan asked)
    {
        var delay = asked * Math.Pow(2, Math.Min(_failures++, 10));
        return (delay < LongestRetry ? delay : LongestRetry) * haste;
    }

    public void ForgetFailures() => _failures = 0;

    public void WishForOneMore() => _wishes.Add(new Wish(KeyOf(Name, _wishes.Count)));

    static byte[] KeyOf(string name, int number) => Encoding.ASCII.GetBytes($"{name}-{number}");
}
