using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace FlashSale.Drop.Tests;

/// <summary>The ways in which the fake server can be wrong. Each is one that the driver must see.</summary>
public enum Lie
{
    None,
    Oversells,
    ForgetsToWriteAHold,
    WritesAHoldForNobody,
    WritesAnotherShopper,
    AnswersARepeatDifferently,
    RefusesARepeat,
    AnswersWithABug,
    EndsAHoldUnasked,
    KeepsAReleasedHold,
    IgnoresTheLimit,
    LeavesUnitsStranded,
    AuditFails,
    SaysNobodyMayReturn,
    IsOverloaded,
    LosesAnAnswer,
    MiscountsTheShelf,
    EndsItsStreams,

    /// <summary>Of each key's first answer it says that it does not know it, as while two processes fight over the ledger: no lie where there are two.</summary>
    ForgetsItsFirstAnswer,

    /// <summary>Of one key it never says what became of it.</summary>
    NeverKnows,

    /// <summary>Right towards a deserter, whose first request may be accepted after its retry was refused; a lie to all others.</summary>
    AcceptsAfterRefusing,
}

public sealed record FakeHold(string Id, string Shopper, long Generation, string Body)
{
    public bool Live { get; set; } = true;
}

public sealed record FakeEvent(long Seq, DateTimeOffset At, string Type, string? Operation, object Payload);

/// <summary>What the fake decides for a hold request.</summary>
public sealed record Decision(int Status, string Body, bool Cut = false);

/// <summary>The stock of one campaign behind one lock: the contract in its shortest form, plus one lie, told once where once is enough.</summary>
public sealed class FakeShop(Lie lie)
{
    readonly Lock _lock = new();
    readonly Dictionary<string, FakeHold> _holds = new(StringComparer.Ordinal);
    readonly Dictionary<string, int> _owned = new(StringComparer.Ordinal);
    readonly List<FakeEvent> _events = [];
    readonly HashSet<string> _asked = new(StringComparer.Ordinal);
    string? _forgotten, _late;
    bool _isRead;
    int _told;

    public string Campaign { get; set; } = "";
    public string Sku { get; set; } = "";
    public int Stock { get; set; }
    public int Available { get; private set; }
    public int Limit { get; set; } = 1;

    public IReadOnlyList<FakeEvent> Page(long after, int limit)
    {
        lock (_lock)
        {
            _isRead = true;
            return _events.GetRange((int)after, Math.Min(limit, _events.Count - (int)after));
        }
    }

    public void Receive(int units)
    {
        lock (_lock)
        {
            (Stock, Available) = (Stock + units, Available + units);
            Write("Received", null, new { units });
        }
    }

    public object View()
    {
        lock (_lock)
        {
            var held = Stock - Available;
            if (lie == Lie.MiscountsTheShelf)
                held++;
            return new { sku = Sku, received = Stock, available = Available, held, sold = 0, withdrawn = 0 };
        }
    }

    public Decision Hold(string shopper, string key)
    {
        lock (_lock)
        {
            var operation = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{shopper}/{key}")).AsSpan(0, 16));
            var id = Base64Url.EncodeToString(Convert.FromHexString(operation));
            if (lie == Lie.NeverKnows && (_forgotten ??= id) == id)
                return Problem(503, "unavailable", ",\"retryAfterMs\":5");
            var decision = _holds.TryGetValue(id, out var known) ? Repeat(known) : Refusal(shopper, id) ?? Accept(shopper, operation, id);
            return lie == Lie.ForgetsItsFirstAnswer && _asked.Add(id) ? Problem(503, "unavailable", ",\"retryAfterMs\":5") : decision;
        }
    }

    public int Release(string shopper, string id)
    {
        lock (_lock)
        {
            if (!_holds.TryGetValue(id, out var hold) || hold.Shopper != shopper)
                return lie == Lie.ForgetsToWriteAHold ? 204 : 404;
            if (hold.Live && lie != Lie.KeepsAReleasedHold)
                End(hold);
            return 204;
        }
    }

    Decision Repeat(FakeHold known)
    {
        if (lie == Lie.AnswersARepeatDifferently)
            return new Decision(201, known.Body.Replace("\"held\"", "\"held\" ", StringComparison.Ordinal));
        if (known.Id == _late && !_isRead)
            return Problem(409, "sold_out", ",\"mayReturn\":true");
        return lie == Lie.RefusesARepeat ? Problem(409, "sold_out", ",\"mayReturn\":true") : new Decision(201, known.Body);
    }

    Decision? Refusal(string shopper, string id)
    {
        if (lie == Lie.AnswersWithABug && AFewTimes())
            return Problem(500, "internal");
        if (lie == Lie.IsOverloaded && _asked.Add(id))
            return Problem(503, "overloaded", ",\"retryAfterMs\":5");
        if (lie != Lie.IgnoresTheLimit && _owned.GetValueOrDefault(shopper) >= Limit)
            return Problem(409, "limit_reached", $",\"limit\":{Limit},\"owned\":{Limit}");
        if (Available > 0 || (lie == Lie.Oversells && Once()))
            return null;
        return Problem(409, "sold_out", $",\"mayReturn\":{(lie == Lie.SaysNobodyMayReturn ? "false" : "true")}");
    }

    Decision Accept(string shopper, string operation, string id)
    {
        var body = $$"""{"id":"{{id}}","campaign":"{{Campaign}}","sku":"{{Sku}}","quantity":1,"state":"held","expiresAt":"2030-01-01T00:00:00.000Z"}""";
        if (lie == Lie.ForgetsToWriteAHold && (_forgotten ??= id) == id)
            return new Decision(201, body);
        Available--;
        var named = lie == Lie.WritesAnotherShopper && Once() ? "somebody" : shopper;
        var generation = Write("Held", operation, new { shopper = named, campaign = Campaign, quantity = 1, expiresAt = "2030-01-01T00:00:00.000Z" });
        var hold = _holds[id] = new FakeHold(id, shopper, generation, body);
        _owned[shopper] = _owned.GetValueOrDefault(shopper) + 1;
        if (lie == Lie.WritesAHoldForNobody && Once())
            AcceptForNobody();
        if (lie == Lie.EndsAHoldUnasked && AFewTimes())
            End(hold);
        if (lie == Lie.AcceptsAfterRefusing && Once())
            return Repeat(_holds[_late = id]);
        return new Decision(201, body, Cut: lie == Lie.LosesAnAnswer && AFewTimes());
    }

    void AcceptForNobody()
    {
        var operation = new string('a', 32);
        Available--;
        var generation = Write("Held", operation, new { shopper = "nobody", campaign = Campaign, quantity = 1 });
        var id = Base64Url.EncodeToString(Convert.FromHexString(operation));
        _holds[id] = new FakeHold(id, "nobody", generation, "");
    }

    void End(FakeHold hold)
    {
        hold.Live = false;
        _owned[hold.Shopper]--;
        if (lie != Lie.LeavesUnitsStranded)
            Available++;
        Write("Released", null, new { hold = hold.Id, generation = hold.Generation });
    }

    long Write(string type, string? operation, object payload)
    {
        var seq = _events.Count + 1;
        _events.Add(new FakeEvent(seq, TimeProvider.System.GetUtcNow(), type, operation, payload));
        return seq;
    }

    bool Once() => _told++ == 0;

    // Some shoppers do not listen, or do themselves what the lie does; of ten one hears it.
    bool AFewTimes() => _told++ < 10;

    static Decision Problem(int status, string code, string more = "") => new(status, $$"""{"status":{{status}},"title":"No","code":"{{code}}"{{more}}}""");
}
