using System.Net.Http.Headers;

namespace FlashSale.Silo.Tests.Errors;

/// <summary>Two errors that apply at once.</summary>
/// <param name="Winner">Stage and code that is answered.</param>
/// <param name="Loser">Stage and code that would be answered without it, or <c>repeat</c>.</param>
/// <param name="Act">Makes both apply.</param>
internal sealed record Pair(string Winner, string Loser, Func<Scene, Task<Answer>> Act)
{
    public string[] Settings { get; init; } = [];

    public override string ToString() => $"{Winner} before {Loser}";
}

/// <summary>Pairs of the table that can apply at once, in its order. A full queue is not among them: whoever meets it is not decided at all.</summary>
internal static class Pairs
{
    private const string Sessions = "/v1/sessions";
    private static readonly string TooLarge = "{}".PadRight((16 * 1024) + 1);

    public static IReadOnlyList<Pair> All { get; } = [.. BeforeWhat(), .. What(), .. Stock(), .. Cart(), .. State()];

    private static IEnumerable<Pair> BeforeWhat() =>
    [
        new("transport not_found", "transport too_large", s => s.Api.Send(HttpMethod.Post, "/v1/nowhere", TooLarge)),
        new("transport method_not_allowed", "transport too_large", s => s.Api.Send(HttpMethod.Put, Sessions, TooLarge)),
        new("transport method_not_allowed", "who unauthenticated", s => s.Api.Send(HttpMethod.Put, "/v1/campaigns/drop/holds", "{}")),
        new("transport too_large", "transport overloaded", s => WhileFull(s, () => s.Api.Send(HttpMethod.Post, Sessions, TooLarge))) { Settings = ["Http:MaxRequests=1"] },
        new("transport too_large", "who unauthenticated", s => s.Api.Send(HttpMethod.Post, "/v1/campaigns/drop/holds", TooLarge)),
        new("transport overloaded", "who unauthenticated", s => WhileFull(s, () => s.Api.GetHold("forged", "AAAAAAAAAAAAAAAAAAAAAA"))) { Settings = ["Http:MaxRequests=1"] },
        new("who unauthenticated", "syntax unsupported_media_type", s => s.Api.Send(HttpMethod.Post, "/v1/campaigns/drop/holds", "{", adjust: AsForm)),
        new("who rate_limited", "syntax unsupported_media_type", async s =>
        {
            var token = await s.Token();
            await s.Api.GetHold(token, "AAAAAAAAAAAAAAAAAAAAAA");
            return await s.Api.Send(HttpMethod.Post, "/v1/campaigns/drop/holds", "{", token, adjust: AsForm);
        }) { Settings = ["ShopperRate:PermitsPerSecond=0.01", "ShopperRate:Burst=1"] },
        new("syntax unsupported_media_type", "syntax bad_request", s => s.Api.Send(HttpMethod.Post, Sessions, "{", adjust: AsForm)),
        new("syntax bad_request", "what not_found", async s => await s.Hold(await s.Token(), quantity: 0)),
    ];

    private static IEnumerable<Pair> What() =>
    [
        new("what not_found", "stock not_open", async s =>
        {
            await s.Open(opensAt: TimeProvider.System.GetUtcNow().AddHours(1));
            return await s.Hold(await s.Token(), sku: "else");
        }),
        new("what not_found", "stock closed", async s =>
        {
            await s.Open();
            await s.Do("close");
            return await s.Hold(await s.Token(), sku: "else");
        }),
        new("what not_found", "state conflict", async s =>
        {
            await s.Api.MakeSku(s.Shoe, 1);
            return await s.Api.PutCampaign(s.Campaign, skus: [(s.Shoe, 2), ("nobody-made-it", 1)]);
        }),
        new("what not_found", "state conflict (closed)", async s =>
        {
            await s.Open();
            await s.Do("close");
            return await s.Api.PutCampaign(s.Campaign, skus: ("nobody-made-it", 1));
        }),
        new("what not_found", "stock idempotency_mismatch", async s =>
        {
            await s.Open();
            var key = s.NewKey;
            await Api.Expect(s.Adjust(s.Shoe, 1, key));
            return await s.Adjust("nobody-made-it", 1, key);
        }),
    ];

    private static IEnumerable<Pair> Stock() =>
    [
        new("repeat", "stock closed", async s => await Repeat(s, () => s.Do("close"))),
        new("repeat", "stock frozen", async s => await Repeat(s, () => s.Do("freeze"))),
        new("repeat", "stock limit_reached", async s => await Repeat(s, () => Task.CompletedTask)),
        new("repeat", "stock sold_out", async s => await Repeat(s, () => Task.CompletedTask, units: 1)),
        new("stock idempotency_mismatch", "stock closed", async s => await Mismatch(s, () => s.Do("close"))),
        new("stock idempotency_mismatch", "stock frozen", async s => await Mismatch(s, () => s.Do("freeze"))),
        new("stock idempotency_mismatch", "stock limit_reached", async s => await Mismatch(s, () => Task.CompletedTask)),
        new("stock idempotency_mismatch", "stock sold_out", async s => await Mismatch(s, () => Task.CompletedTask, units: 1, limit: 3)),
        new("stock not_open", "stock closed", async s =>
        {
            await s.Open(opensAt: TimeProvider.System.GetUtcNow().AddHours(1));
            await s.Do("close");
            return await s.Hold(await s.Token());
        }),
        new("stock not_open", "stock frozen", async s =>
        {
            await s.Open(opensAt: TimeProvider.System.GetUtcNow().AddHours(1));
            await s.Do("freeze");
            return await s.Hold(await s.Token());
        }),
        new("stock closed", "stock frozen", async s =>
        {
            await s.Open();
            await s.Do("freeze");
            await s.Do("close");
            return await s.Hold(await s.Token());
        }),
        new("stock closed", "stock limit_reached", async s => await AtTheLimit(s, () => s.Do("close"))),
        new("stock closed", "stock sold_out", async s => await SoldOut(s, () => s.Do("close"))),
        new("stock frozen", "stock limit_reached", async s => await AtTheLimit(s, () => s.Do("freeze"))),
        new("stock frozen", "stock sold_out", async s => await SoldOut(s, () => s.Do("freeze"))),
        new("stock limit_reached", "stock sold_out", async s => await AtTheLimit(s, () => Task.CompletedTask, units: 1)),
    ];

    private static IEnumerable<Pair> Cart() =>
    [
        new("stock frozen", "cart idempotency_mismatch", async s => await OfAnotherSku(s, () => s.Do("freeze"))),
        new("stock limit_reached", "cart idempotency_mismatch", async s => await OfAnotherSku(s, async () => await s.Held(await s.Token(), sku: s.Bag), limit: 2, quantity: 2)),
        new("stock sold_out", "cart idempotency_mismatch", async s => await OfAnotherSku(s, async () => await s.Held(await s.Token("li"), sku: s.Bag), units: 1, limit: 2)),
        new("stock sold_out", "cart limit_reached", async s =>
        {
            await s.Open(units: 1);
            var token = await s.Token();
            await s.Held(token);
            await s.Held(await s.Token("li"), sku: s.Bag);
            return await s.Hold(token, sku: s.Bag);
        }),
        new("cart idempotency_mismatch", "cart limit_reached", async s => await OfAnotherSku(s, () => Task.CompletedTask)),
    ];

    private static IEnumerable<Pair> State() =>
    [
        new("repeat", "state conflict", async s =>
        {
            await s.Open();
            await Api.Expect(s.Adjust(s.Shoe, 1, s.NewKey));
            var key = s.NewKey;
            var first = await Api.Expect(s.Adjust(s.Shoe, -1, key));
            var again = await s.Adjust(s.Shoe, -1, key);
            Assert.Equal(first.Text, again.Text);
            return again;
        }),
        new("stock idempotency_mismatch", "state conflict", async s =>
        {
            await s.Open();
            var key = s.NewKey;
            await Api.Expect(s.Adjust(s.Shoe, 1, key));
            return await s.Adjust(s.Shoe, -7, key);
        }),
    ];

    private static void AsForm(HttpRequestMessage request) => request.Content!.Headers.ContentType = new MediaTypeHeaderValue("application/x-www-form-urlencoded");

    // One purchase is in the house and waits for the store. Whoever is answered "overloaded" by the probe knows that it has entered.
    private static async Task<Answer> WhileFull(Scene s, Func<Task<Answer>> ask)
    {
        await s.Open();
        var token = await s.Token();
        using var stall = s.Shop.Stall();
        var inside = s.Hold(token);
        while ((await s.Api.Campaign(s.Campaign)).Code != "overloaded")
        {
            if (!inside.IsCompleted) continue;
            Assert.Equal("overloaded", (await inside).Code); // A probe was in the house when it came.
            inside = s.Hold(token);
        }

        var answer = await ask();
        stall.Dispose();
        await Api.Expect(inside, System.Net.HttpStatusCode.Created);
        return answer;
    }

    private static async Task<Answer> Repeat(Scene s, Func<Task> meanwhile, long units = 5)
    {
        await s.Open(units);
        var (token, key) = (await s.Token(), s.NewKey);
        var first = await s.Held(token, key);
        await meanwhile();
        var again = await s.Hold(token, key);
        Assert.Equal(first.Text, again.Text);
        return again;
    }

    private static async Task<Answer> Mismatch(Scene s, Func<Task> meanwhile, long units = 5, int limit = 1)
    {
        await s.Open(units, limit);
        var (token, key) = (await s.Token(), s.NewKey);
        await s.Held(token, key);
        await meanwhile();
        return await s.Hold(token, key, quantity: 2);
    }

    private static async Task<Answer> AtTheLimit(Scene s, Func<Task> meanwhile, long units = 5)
    {
        await s.Open(units);
        var token = await s.Token();
        await s.Held(token);
        await meanwhile();
        return await s.Hold(token);
    }

    private static async Task<Answer> SoldOut(Scene s, Func<Task> meanwhile)
    {
        await s.Open(units: 1);
        await s.Held(await s.Token());
        await meanwhile();
        return await s.Hold(await s.Token("li"));
    }

    private static async Task<Answer> OfAnotherSku(Scene s, Func<Task> meanwhile, long units = 5, int limit = 1, int quantity = 1)
    {
        await s.Open(units, limit);
        var (token, key) = (await s.Token(), s.NewKey);
        await s.Held(token, key);
        await meanwhile();
        return await s.Hold(token, key, quantity, s.Bag);
    }
}
