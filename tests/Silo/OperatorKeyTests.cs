using System.Net;
using FlashSale.Contracts;
using FlashSale.Grains.Journal;
using FlashSale.Grains.Ledger;
using FlashSale.Grains.OperatorKeys;
using Orleans;

namespace FlashSale.Silo.Tests;

/// <summary>An operator's key has one effect, over all SKUs.</summary>
public sealed class OperatorKeyTests(SharedShop shared) : IClassFixture<SharedShop>
{
    private Shop Shop => shared.Shop;

    [Fact]
    public async Task Of_many_adjustments_at_once_under_one_key_one_happens_and_its_repeats_are_answered_alike()
    {
        var scene = await Scene("crowd");
        var answers = await Task.WhenAll(Enumerable.Range(0, 40).Select(i => scene.Adjust(i % 2 == 0 ? scene.Shoe : scene.Bag, 1 + (i % 4 / 2), "crowd-key")));
        var done = answers.Where(a => a.Status == HttpStatusCode.OK).Select(a => a.Text).ToArray();
        Assert.Equal(10, done.Length);
        Assert.Single(done.Distinct());
        Assert.Equal(30, answers.Count(a => a.Code == "idempotency_mismatch"));
        Assert.InRange(await Received(scene), 11, 12);
        await Shop.Api.AssertAuditHolds();
    }

    [Fact]
    public async Task Key_that_was_refused_is_free_for_another_SKU_and_another_body()
    {
        var scene = await Scene("refused");
        Assert.Equal("conflict", (await scene.Adjust(scene.Shoe, -6, "refused-key")).Code);
        Assert.Equal("conflict", (await scene.Adjust(scene.Shoe, -6, "refused-key")).Code);
        Assert.Equal("conflict", (await scene.Adjust(scene.Bag, -7, "refused-key")).Code);
        var done = await Api.Expect(scene.Adjust(scene.Bag, 2, "refused-key"));
        Assert.Equal(done.Text, (await scene.Adjust(scene.Bag, 2, "refused-key")).Text);
        Assert.Equal("idempotency_mismatch", (await scene.Adjust(scene.Shoe, -6, "refused-key")).Code);
        Assert.Equal(12, await Received(scene));
        await Shop.Api.AssertAuditHolds();
    }

    [Fact]
    public async Task Refused_withdrawal_may_succeed_under_its_key_later()
    {
        var scene = await Scene("later");
        Assert.Equal("conflict", (await scene.Adjust(scene.Shoe, -6, "later-key")).Code);
        await Api.Expect(scene.Adjust(scene.Shoe, 1, "later-receipt"));
        Assert.Equal(6, (int)(await Api.Expect(scene.Adjust(scene.Shoe, -6, "later-key"))).Json!["withdrawn"]!);
        await Shop.Api.AssertAuditHolds();
    }

    [Fact]
    public async Task What_a_crash_left_open_happens_before_the_key_is_used_for_anything_else()
    {
        var scene = await Scene("crash");
        var key = OperationId.Of("operator:", "adjust", "crash-key");
        var bound = new KeyBound(new Sku(scene.Shoe), 4, "counted", new Told("as bound", Money.None))
        {
            Operation = OperationId.Of("operator:", "adjust:" + scene.Shoe, "crash-key"),
        };
        var row = OperatorKeyCodec.Events.Encode(bound, new EventStamp(1, DateTimeOffset.UnixEpoch.AddYears(50)));
        var ledger = OperatorKeyGrain.Kind.Prefix + GrainKeys.OperatorKeyPrefix + key;
        Assert.True((await Shop.Service<IJournal>().Append([new JournalEntry(ledger, Epoch: 0, Seq: 0, [row])]))[0]);

        Assert.Equal("idempotency_mismatch", (await scene.Adjust(scene.Bag, 1, "crash-key")).Code);
        var first = await Api.Expect(scene.Adjust(scene.Shoe, 4, "crash-key"));
        Assert.Equal((9, "as bound"), ((int)first.Json!["received"]!, (string)first.Json["name"]!));
        Assert.Equal(14, await Received(scene));
        await Shop.Api.AssertAuditHolds();
    }

    [Fact]
    public async Task Adjustments_made_when_a_key_was_scoped_to_its_SKU_are_repeated_with_their_first_answer()
    {
        var scene = await Scene("former");
        var stock = Shop.Service<IGrainFactory>().Stock(new Sku(scene.Shoe));
        var operation = OperationId.Of("operator:", "adjust:" + scene.Shoe, "former-key");
        await stock.Execute(new Receive(operation, 3, "counted", new Told("named then", new Money(1, "EUR"))));

        Assert.Equal("idempotency_mismatch", (await scene.Adjust(scene.Shoe, 4, "former-key")).Code);
        var repeat = await Api.Expect(scene.Adjust(scene.Shoe, 3, "former-key"));
        Assert.Equal((8, "named then"), ((int)repeat.Json!["received"]!, (string)repeat.Json["name"]!));
        Assert.Equal("idempotency_mismatch", (await scene.Adjust(scene.Bag, 3, "former-key")).Code);
        Assert.Equal(13, await Received(scene));
        await Shop.Api.AssertAuditHolds();
    }

    // Five units in each of two SKUs, all in the general pool.
    private async Task<Scene> Scene(string name)
    {
        var scene = new Scene(Shop, name);
        await Shop.Api.MakeSku(scene.Shoe, 5);
        await Shop.Api.MakeSku(scene.Bag, 5);
        return scene;
    }

    private async Task<int> Received(Scene scene) => (int)(await Shop.Api.Sku(scene.Shoe))["received"]! + (int)(await Shop.Api.Sku(scene.Bag))["received"]!;
}
