using System.Text.Json;

namespace FlashSale.Simulation.Tests;

/// <summary>
/// One event as its row says it, read without any code of the product's machines or codecs: type numbers and member names are written down
/// here a second time, on purpose.
/// </summary>
internal readonly struct Fact(Commit commit)
{
    private readonly JsonElement _json = JsonElement.Parse(commit.Row.Payload);

    public Commit Commit => commit;

    public int Index => commit.Index;

    public long Seq => commit.Row.Seq;

    public DateTimeOffset At => commit.Row.At;

    public FactType Type => (FactType)commit.Row.Type;

    public string? Operation => commit.Row.Operation;

    public override string ToString() => $"{commit.Ledger}#{Seq} {Type} {commit.Row.Payload}";

    public string Text(string name) => _json.GetProperty(name).GetString()!;

    public long Number(string name) => _json.GetProperty(name).GetInt64();

    public bool Flag(string name) => _json.GetProperty(name).GetBoolean();

    public DateTimeOffset Time(string name) => _json.GetProperty(name).GetDateTimeOffset();

    public JsonElement Member(string name) => _json.GetProperty(name);
}

/// <summary>Numbers of event types, frozen.</summary>
internal enum FactType
{
    Registered = 1,
    Received = 2,
    Withdrawn = 3,
    PoolConfigured = 4,
    Held = 5,
    Extended = 6,
    Confirmed = 7,
    Released = 8,
    Expired = 9,
    Refunded = 10,
    PoolFrozen = 11,
    PoolResumed = 12,
    PoolClosed = 13,
    WithdrawalGivenUp = 14,
    Claimed = 32,
    ClaimRefused = 33,
    ClaimEnded = 34,
    CampaignConfigured = 64,
    StepFinished = 65,
    Undone = 66,
    CampaignFrozen = 67,
    CampaignResumed = 68,
    CampaignClosed = 69,
    KeyBound = 96,
    KeySettled = 97,
    KeyRefused = 98,
    KeyFreed = 99,
}
