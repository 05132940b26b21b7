using System.Collections.Concurrent;
using System.Text.Json;
using FlashSale.Contracts;
using FlashSale.Gateway.Http;

namespace FlashSale.Gateway.Shoppers;

/// <summary>What this process answered to hold requests since it started. Only campaigns that exist are counted, so nobody can fill the map.</summary>
internal sealed class CampaignCounters
{
    private readonly ConcurrentDictionary<CampaignId, Counts> _campaigns = new();

    /// <summary>Counts an answer; a repeat of an accepted request is not another hold.</summary>
    public void Count(CampaignId campaign, StockResult result)
    {
        if (result.Status == Status.NotFound || (result.Status == Status.Accepted && result.Repeated)) return;
        Interlocked.Increment(ref _campaigns.GetOrAdd(campaign, static _ => new Counts()).ByStatus[(int)result.Status]);
    }

    /// <summary>Writes <c>{"held":…,"refused":{code:…}}</c>.</summary>
    public void Write(Utf8JsonWriter json, CampaignId campaign)
    {
        var counts = _campaigns.GetValueOrDefault(campaign);
        json.WriteStartObject();
        json.WriteNumber("held", counts is null ? 0 : Volatile.Read(ref counts.ByStatus[(int)Status.Accepted]));
        json.WriteStartObject("refused");
        for (var status = Status.Accepted + 1; counts is not null && (int)status < Counts.Statuses; status++)
        {
            if (Volatile.Read(ref counts.ByStatus[(int)status]) is > 0 and var refused) json.WriteNumber(ProblemKind.Of(status).Code, refused);
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    private sealed class Counts
    {
        public const int Statuses = (int)Status.Conflict + 1;

        public readonly long[] ByStatus = new long[Statuses];
    }
}
