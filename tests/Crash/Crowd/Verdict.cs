using System.Net;
using System.Text.Json.Nodes;
using FlashSale.Crash.Tests.Stores;

namespace FlashSale.Crash.Tests.Crowd;

/// <summary>Compares what clients were told with what the journal says.</summary>
internal static class Verdict
{
    /// <summary>
    /// Every 201 that was heard is in the journal with the words of the answer, and answered so again; nothing else is held or sold; the
    /// units add up; the audit holds.
    /// </summary>
    /// <param name="shoppers">All of them have heard an answer by now.</param>
    /// <param name="api">Whoever serves now.</param>
    /// <param name="store">What it serves from.</param>
    public static async Task Check(Shoppers shoppers, Api api, Store store)
    {
        var promised = shoppers.All.Where(s => s.Promise is not null).ToList();
        await Parallel.ForEachAsync(promised, new ParallelOptions { MaxDegreeOfParallelism = 64 }, async (shopper, _) =>
        {
            var again = await api.Hold(shopper.Token, Shoppers.Campaign, Shoppers.Sku, "tap");
            Assert.Equal((HttpStatusCode.Created, shopper.Promise!.Text), (again.Status, again.Text));
            Assert.Equal(shopper.State, (string?)(await api.GetHold(shopper.Token, shopper.Promise.Id)).Json?["state"]);
        });

        var ledger = await Ledger(api, Shoppers.Sku);
        var holds = Fold(ledger);
        Assert.Equal(promised.ToDictionary(s => s.Promise!.Id, s => s.State), holds);
        AssertPromisesAreJournaled(promised, ledger);
        await AssertUnitsAddUp(shoppers, promised, api);
        await api.AssertAuditHolds();
        await store.AssertAuditHolds();
    }

    /// <summary>All events of a SKU.</summary>
    public static async Task<List<JsonNode>> Ledger(Api api, string sku)
    {
        var events = new List<JsonNode>();
        while (true)
        {
            var page = await Api.Expect(api.Admin(HttpMethod.Get, $"skus/{sku}/ledger?limit=1000&after={events.Count}"));
            var rows = page.Json!["events"]!.AsArray();
            if (rows.Count == 0) return events;
            events.AddRange(rows.Select(row => row!));
        }
    }

    /// <summary>How often something happened.</summary>
    public static int Count(IEnumerable<JsonNode> ledger, string type) => ledger.Count(e => (string)e["type"]! == type);

    // What became of each hold of which somebody was told: one that was never claimed and given back again was nobody's.
    private static Dictionary<string, string> Fold(List<JsonNode> ledger)
    {
        var holds = new Dictionary<string, string>();
        foreach (var (type, payload) in ledger.Select(e => ((string)e["type"]!, e["payload"]!)))
        {
            if (type is not ("Held" or "Released" or "Expired" or "Confirmed")) continue;
            var hold = (string)payload["hold"]!;
            var state = type.ToLowerInvariant();
            if (type == "Released" && (string?)payload["cause"] != "Shopper") holds.Remove(hold);
            else holds[hold] = state;
        }

        return holds;
    }

    private static void AssertPromisesAreJournaled(List<Shopper> promised, List<JsonNode> ledger)
    {
        var held = ledger.Where(e => (string)e["type"]! == "Held").ToLookup(e => (string)e["payload"]!["hold"]!, e => e["payload"]!);
        foreach (var shopper in promised)
        {
            // A hold whose claim never came may have ended and begun again: the last one is the one that was promised.
            var payload = held[shopper.Promise!.Id].Last();
            var json = shopper.Promise.Json!;
            Assert.Equal(
                (shopper.Name, (string)json["expiresAt"]!, (int)json["quantity"]!),
                ((string)payload["shopper"]!, (string)payload["expiresAt"]!, (int)payload["quantity"]!));
        }
    }

    private static async Task AssertUnitsAddUp(Shoppers shoppers, List<Shopper> promised, Api api)
    {
        var sku = await api.Sku(Shoppers.Sku);
        var (received, available, held, sold) = ((int)sku["received"]!, (int)sku["available"]!, (int)sku["held"]!, (int)sku["sold"]!);
        Assert.Equal(shoppers.Units, received);
        Assert.Equal(received, available + held + sold);
        Assert.Equal(promised.Count(s => s.State == "held"), held);
        Assert.Equal(promised.Count(s => s.State == "confirmed"), sold);
    }
}
