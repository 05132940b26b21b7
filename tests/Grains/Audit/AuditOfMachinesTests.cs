using FlashSale.Contracts;
using FlashSale.Grains.Cart;
using FlashSale.Grains.Ledger;
using FlashSale.Grains.Stock;

namespace FlashSale.Grains.Tests.Audit;

/// <summary>Journals as the machines write them, under a crowd of retries, lost calls and late payments: none may be called false.</summary>
public sealed class AuditOfMachinesTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    public async Task What_the_machines_write_holds(int seed)
    {
        using var journal = new AuditJournal();
        var crowd = new Crowd(journal, new Random(seed));
        for (var i = 0; i < 1500; i++) crowd.Step();
        crowd.Expire();
        var report = await journal.Audit();
        report.AllHold();
        Assert.True(report.Promise("P3").Checked > 500, report.Promise("P3").Detail);
    }

    private sealed class Crowd
    {
        private static readonly string[] Skus = ["a", "b", "c"];
        private static readonly string[] Shoppers = ["an", "bo", "lin", "mei"];

        private readonly AuditJournal _journal;
        private readonly Random _random;
        private readonly StockMachine _stock = new();
        private readonly CartMachine _cart = new();
        private readonly Dictionary<string, StockState> _stocks = [];
        private readonly Dictionary<string, CartState> _carts = [];
        private double _now;
        private int _operations;
        private long _version = 1;

        public Crowd(AuditJournal journal, Random random)
        {
            (_journal, _random) = (journal, random);
            foreach (var sku in Skus)
            {
                _stocks[sku] = _stock.Initial(GrainKeys.SkuPrefix + sku);
                Stock(sku, new Register());
                Stock(sku, new Receive(NextOperation(), 40, "receipt"));
                Stock(sku, Configure(units: 6));
            }

            foreach (var shopper in Shoppers) _carts[shopper] = _cart.Initial(GrainKeys.ShopperPrefix + shopper);
        }

        public void Step()
        {
            if (_random.Next(3) == 0) _now += _random.Next(1, 8000) / 1000.0;
            var sku = Skus[_random.Next(Skus.Length)];
            var shopper = Shoppers[_random.Next(Shoppers.Length)];
            var hold = AnyHold(sku);
            switch (_random.Next(24))
            {
                case <= 11: Buy(sku, shopper); break;
                case <= 13: Expire(); break;
                case <= 15: Release(shopper); break;
                case 16 or 17 when hold is not null: Stock(sku, new Confirm(NextOperation(), hold.Ref, _random.Next(1, hold.Quantity + 1))); Reclaim(sku, hold.Id); break;
                case 18 when hold is not null: Stock(sku, new Refund(NextOperation(), hold.Ref, 1, _random.Next(2) == 0)); break;
                case 19 when hold is not null: Stock(sku, new Extend(hold.Ref, AuditJournal.At(_now + 60))); break;
                case 20: Stock(sku, new FreezePool(AuditJournal.Drop, ++_version)); Stock(sku, new ResumePool(AuditJournal.Drop, ++_version)); break;
                case 21: Stock(sku, new Withdraw(NextOperation(), 1, "damaged")); break;
                case 22: Stock(sku, Configure(_random.Next(4, 9))); break;
                case 23 when _now > 2000 && _random.Next(20) == 0: Stock(sku, new ClosePool(AuditJournal.Drop, ++_version)); break;
            }
        }

        public void Expire()
        {
            foreach (var sku in Skus) Stock(sku, new Expire(100));
        }

        // As a gateway does, which may die after any call.
        private void Buy(string sku, string shopper)
        {
            var reserve = new Reserve(OperationId.Of(shopper, "hold", "k" + _random.Next(1 + (int)(_now / 20))), new ShopperId(shopper), AuditJournal.Drop, _random.Next(1, 3));
            var granted = Stock(sku, reserve);
            if (granted.Status != Status.Accepted || Dies()) return;
            var hold = granted.Hold!;
            var isLive = !granted.Repeated || hold.State == HoldState.Held;
            if (isLive) AskStock(shopper);
            var claim = Cart(shopper, isLive ? new ClaimHold(hold, Asked: true) : new RefuseHold(hold));
            if (Dies()) return;
            if (claim.Status == Status.IdempotencyMismatch && isLive) Stock(sku, new Release(Ref(hold), ReleaseCause.KeyUsedElsewhere));
            if (claim.Status == Status.LimitReached) Stock(sku, new Release(Ref(hold), ReleaseCause.ClaimRefused, claim.Owned));
            if (claim.Status != Status.Gone) return;
            var again = Stock(sku, reserve with { RefusedGeneration = hold.Generation });
            if (again is { Status: Status.Accepted, Hold.State: HoldState.Held } && !Dies()) Cart(shopper, new ClaimHold(again.Hold, Asked: true));
        }

        // A late confirm makes a new generation, which its order claims.
        private void Reclaim(string sku, HoldId id)
        {
            var hold = _stocks[sku].Holds[id];
            var cart = _carts[hold.Shopper.Value];
            if (!cart.Claims.TryGetValue(id, out var claim) || claim.Hold.Sku.Value != sku || Dies()) return;
            if (claim.Generation < hold.Generation && hold.State == HoldState.Confirmed && hold.Sold > 0) Cart(hold.Shopper.Value, new ClaimHold(_stocks[sku].Info(hold), Asked: true));
        }

        private void Release(string shopper)
        {
            var claims = _carts[shopper].Claims.Values.ToArray();
            if (claims.Length == 0) return;
            var claim = claims[_random.Next(claims.Length)];
            var released = Stock(claim.Hold.Sku.Value, new Release(claim.Ref, ReleaseCause.Shopper));
            if (released.Status == Status.Accepted && !Dies()) Cart(shopper, new EndClaim(claim.Ref, released.Hold?.State ?? HoldState.Released, claim.Quantity));
        }

        private void AskStock(string shopper)
        {
            foreach (var claim in _carts[shopper].Claims.Values.Where(c => c.State == HoldState.Held).ToArray())
            {
                var stock = _stocks[claim.Hold.Sku.Value];
                var info = stock.Info(stock.Holds[claim.Hold.Id]);
                var state = info.Generation == claim.Generation ? info.State : HoldState.Expired;
                if (state != HoldState.Held) Cart(shopper, new EndClaim(claim.Ref, state, info.Quantity));
            }
        }

        private StockResult Stock(string sku, StockCommand command)
        {
            var at = AuditJournal.At(_now);
            var decision = _stock.Decide(_stocks[sku], command, at);
            foreach (var e in decision.Events)
            {
                var seq = _journal.Stock(sku, _now, e);
                _stocks[sku] = _stock.Apply(_stocks[sku], e, new EventStamp(seq, at));
            }

            return decision.Result;
        }

        private ClaimResult Cart(string shopper, CartCommand command)
        {
            var at = AuditJournal.At(_now);
            var decision = _cart.Decide(_carts[shopper], command, at);
            foreach (var e in decision.Events)
            {
                var seq = _journal.Cart(shopper, _now, e);
                _carts[shopper] = _cart.Apply(_carts[shopper], e, new EventStamp(seq, at));
            }

            return decision.Result;
        }

        private Hold? AnyHold(string sku)
        {
            // Only what is claimed is paid for.
            var holds = _stocks[sku].Holds.Values.Where(h => _carts[h.Shopper.Value].Claims.TryGetValue(h.Id, out var c) && c.Hold.Sku.Value == sku).ToArray();
            return holds.Length == 0 ? null : holds[_random.Next(holds.Length)];
        }

        private ConfigurePool Configure(long units) =>
            new(AuditJournal.Drop, ++_version, OnSale: true, Frozen: false, units, Undo: false, AuditJournal.At(0), AuditJournal.At(6000), 2, 30, AuditJournal.Price);

        private bool Dies() => _random.Next(8) == 0;

        private OperationId NextOperation() => OperationId.Of("operator", "any", (++_operations).ToString());

        private static HoldRef Ref(HoldInfo hold) => new(hold.Id, hold.Generation);
    }
}
