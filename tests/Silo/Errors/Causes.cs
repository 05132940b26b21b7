using System.Net.Http.Headers;

namespace FlashSale.Silo.Tests.Errors;

/// <summary>How each row of the table is reached.</summary>
internal static class Causes
{
    private const string Login = """{"code":"dev:mei"}""";
    private const string NoHold = "AAAAAAAAAAAAAAAAAAAAAA";

    public static IReadOnlyList<Cause> All { get; } = [.. Transport(), .. Who(), .. Syntax(), .. What(), .. Stock(), .. Cart(), .. State()];

    private static IEnumerable<Cause> Transport() =>
    [
        new("transport", "not_found", "no such route", s => s.Api.Send(HttpMethod.Get, "/v1/nowhere")),
        new("transport", "method_not_allowed", "a route that knows other methods", s => s.Api.Send(HttpMethod.Patch, "/v1/campaigns/drop")),
        new("transport", "too_large", "16 KiB and a byte", s => s.Api.Send(HttpMethod.Post, "/v1/sessions", Login.PadRight((16 * 1024) + 1))),
        new("transport", "too_large", "the same in chunks", s => s.Api.Send(
            HttpMethod.Post, "/v1/sessions", Login.PadRight((16 * 1024) + 1), adjust: request => request.Headers.TransferEncodingChunked = true)),
        new("transport", "too_large", "256 KiB and a byte of an operator", s => s.Api.Admin(HttpMethod.Put, "skus/shoe", "{}".PadRight((256 * 1024) + 1))),
        new("transport", "overloaded", "two purchases where one has room, while the store is slow", async s =>
        {
            var (mei, li) = (await s.Token(), await s.Token("li"));
            await s.Open();
            return await FirstOfStalled(s, 2, i => s.Hold(i == 0 ? mei : li));
        }) { Settings = ["Http:MaxRequests=1"] },
    ];

    private static IEnumerable<Cause> Who() =>
    [
        new("who", "unauthenticated", "no token", s => s.Api.Send(HttpMethod.Get, $"/v1/holds/{NoHold}")),
        new("who", "unauthenticated", "a forged token", async s => await s.Api.GetHold((await s.Token())[..^1] + "!", NoHold)),
        new("who", "unauthenticated", "a shopper's token for an operator's call", async s =>
            await s.Api.Send(HttpMethod.Get, "/v1/admin/skus", token: await s.Token())),
        new("who", "unauthenticated", "an operator's key for a shopper's call", s => s.Api.GetHold(Api.AdminKey, NoHold)),
        new("who", "rate_limited", "a shopper's second call", async s =>
        {
            var token = await s.Token();
            await s.Api.GetHold(token, NoHold);
            return await s.Api.GetHold(token, NoHold);
        }) { Settings = ["ShopperRate:PermitsPerSecond=0.01", "ShopperRate:Burst=1"] },
        new("who", "rate_limited", "an address's second log-in", async s =>
        {
            await s.Api.Send(HttpMethod.Post, "/v1/sessions", Login);
            return await s.Api.Send(HttpMethod.Post, "/v1/sessions", Login);
        }) { Settings = ["SessionRate:PermitsPerSecond=0.01", "SessionRate:Burst=1"] },
    ];

    private static IEnumerable<Cause> Syntax() =>
    [
        new("syntax", "unsupported_media_type", "a form", s => s.Api.Send(
            HttpMethod.Post, "/v1/sessions", Login, adjust: request => request.Content!.Headers.ContentType = new MediaTypeHeaderValue("application/x-www-form-urlencoded"))),
        new("syntax", "bad_request", "a member too many", s => s.Api.Send(HttpMethod.Post, "/v1/sessions", """{"code":"dev:mei","admin":true}""")),
        new("syntax", "bad_request", "no Idempotency-Key", async s =>
            await s.Api.Send(HttpMethod.Post, "/v1/campaigns/drop/holds", """{"sku":"shoe","quantity":1}""", await s.Token())),
    ];

    private static IEnumerable<Cause> What() =>
    [
        new("what", "not_found", "no such campaign", s => s.Api.Campaign(s.Campaign)),
        new("what", "not_found", "no such campaign to hold in", async s => await s.Hold(await s.Token())),
        new("what", "not_found", "no such campaign to listen to", s => s.Api.Send(HttpMethod.Get, $"/v1/campaigns/{s.Campaign}/events")),
        new("what", "not_found", "no such SKU in the campaign", async s =>
        {
            await s.Open();
            return await s.Hold(await s.Token(), sku: "else");
        }),
        new("what", "not_found", "no such hold", async s => await s.Api.GetHold(await s.Token(), NoHold)),
        new("what", "not_found", "another shopper's hold", async s =>
        {
            await s.Open();
            var held = await s.Held(await s.Token());
            return await s.Api.Release(await s.Token("li"), held.Id);
        }),
        new("what", "not_found", "no such SKU to adjust", s => s.Adjust(s.Shoe, 1, s.NewKey)),
        new("what", "not_found", "no such SKU to sell", s => s.Api.PutCampaign(s.Campaign, skus: (s.Shoe, 1))),
        new("what", "not_found", "no such campaign to freeze", s => s.Api.Admin(HttpMethod.Post, $"campaigns/{s.Campaign}/freeze")),
    ];

    private static IEnumerable<Cause> Stock() =>
    [
        new("stock", "idempotency_mismatch", "a key with another quantity", async s =>
        {
            await s.Open(limit: 3);
            var (token, key) = (await s.Token(), s.NewKey);
            await s.Held(token, key);
            return await s.Hold(token, key, quantity: 2);
        }),
        new("stock", "idempotency_mismatch", "an operator's key with another delta", async s =>
        {
            await s.Open();
            var key = s.NewKey;
            await Api.Expect(s.Adjust(s.Shoe, 1, key));
            return await s.Adjust(s.Shoe, 2, key);
        }),
        new("stock", "idempotency_mismatch", "an operator's key for another SKU", async s =>
        {
            await s.Open();
            var key = s.NewKey;
            await Api.Expect(s.Adjust(s.Shoe, 1, key));
            return await s.Adjust(s.Bag, 1, key);
        }),
        new("stock", "not_open", "an hour before the opening", async s =>
        {
            await s.Open(opensAt: TimeProvider.System.GetUtcNow().AddHours(1));
            return await s.Hold(await s.Token());
        }),
        new("stock", "closed", "closed by an operator", async s =>
        {
            await s.Open();
            await s.Do("close");
            return await s.Hold(await s.Token());
        }),
        new("stock", "closed", "after the end of the window", async s =>
        {
            await s.Open(opensAt: TimeProvider.System.GetUtcNow().AddHours(-2), closesAt: TimeProvider.System.GetUtcNow().AddHours(-1));
            return await s.Hold(await s.Token());
        }),
        new("stock", "frozen", "frozen by an operator", async s =>
        {
            await s.Open();
            await s.Do("freeze");
            return await s.Hold(await s.Token());
        }),
        new("stock", "limit_reached", "a second unit where one is allowed", async s =>
        {
            await s.Open();
            var token = await s.Token();
            await s.Held(token);
            return await s.Hold(token);
        }),
        new("stock", "sold_out", "all units held", async s =>
        {
            await s.Open(units: 1);
            await s.Held(await s.Token());
            return await s.Hold(await s.Token("li"));
        }),
        new("stock", "sold_out", "all units sold", async s =>
        {
            await s.Open(units: 1);
            await s.Sell(await s.Held(await s.Token()));
            return await s.Hold(await s.Token("li"));
        }),
        new("stock", "overloaded", "three purchases where one may be under way and one wait, while the store is slow", async s =>
        {
            var tokens = new[] { await s.Token(), await s.Token("li"), await s.Token("wang") };
            await s.Open();
            await Api.Expect(s.Api.Campaign(s.Campaign)); // Its board is here, so that nothing but the stock is asked.
            return await FirstOfStalled(s, 3, i => s.Hold(tokens[i]));
        }) { Settings = ["Stock:MaxBatches=1", "Stock:MaxWaiting=1"] },
    ];

    private static IEnumerable<Cause> Cart() =>
    [
        new("cart", "idempotency_mismatch", "a key used for another SKU", async s =>
        {
            await s.Open(limit: 2);
            var (token, key) = (await s.Token(), s.NewKey);
            await s.Held(token, key);
            return await s.Hold(token, key, sku: s.Bag);
        }),
        new("cart", "limit_reached", "a second unit, of another SKU", async s =>
        {
            await s.Open();
            var token = await s.Token();
            await s.Held(token);
            return await s.Hold(token, sku: s.Bag);
        }),
    ];

    private static IEnumerable<Cause> State() =>
    [
        new("state", "already_confirmed", "a shopper releases what is sold", async s =>
        {
            await s.Open();
            var token = await s.Token();
            var held = await s.Held(token);
            await s.Sell(held);
            return await s.Api.Release(token, held.Id);
        }),
        new("state", "already_confirmed", "an operator releases what is sold", async s =>
        {
            await s.Open();
            var held = await s.Held(await s.Token());
            await s.Sell(held);
            return await s.Api.Admin(HttpMethod.Delete, $"holds/{s.Campaign}-mei/{held.Id}");
        }),
        new("state", "conflict", "more units withdrawn than are free", async s =>
        {
            await s.Open();
            return await s.Adjust(s.Shoe, -1, s.NewKey);
        }),
        new("state", "conflict", "more units of a SKU than there are", async s =>
        {
            await s.Api.MakeSku(s.Shoe, 1);
            return await s.Api.PutCampaign(s.Campaign, skus: (s.Shoe, 2));
        }),
        new("state", "conflict", "a closed campaign frozen", async s =>
        {
            await s.Open();
            await s.Do("close");
            return await s.Api.Admin(HttpMethod.Post, $"campaigns/{s.Campaign}/freeze");
        }),
    ];

    // All are on their way before the store goes on, so the first answer is the one to whom there was no room for.
    private static async Task<Answer> FirstOfStalled(Scene scene, int count, Func<int, Task<Answer>> ask)
    {
        var stall = scene.Shop.Stall();
        var asked = Enumerable.Range(0, count).Select(ask).ToArray();
        var first = await Task.WhenAny(asked);
        stall.Dispose();
        foreach (var other in asked.Where(task => task != first)) await Api.Expect(other, System.Net.HttpStatusCode.Created);
        return await first;
    }
}
