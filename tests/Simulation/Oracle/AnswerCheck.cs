using FlashSale.Contracts;

namespace FlashSale.Simulation.Tests;

/// <summary>P2, P3 and P7 over what clients were told, and that refusals were true at some moment between question and answer.</summary>
internal sealed class AnswerCheck(Books books, History history, GrainCalls calls, Clocks clocks, TimeSpan calmAt, Findings findings)
{
    /// <summary>
    /// How far the ledger clocks of processes, present and former, may be apart for a board to say <c>not_open</c> rightly. Only a store whose clock
    /// is stepped by more brings them there; then that one answer may be wrong, and everything else must still hold.
    /// </summary>
    private static readonly TimeSpan BoardMargin = TimeSpan.FromSeconds(5);

    private const int MostInVain = 2;

    public void Run()
    {
        foreach (var same in history.Of<HoldTold>().GroupBy(t => t.Operation)) Repeats([.. same]);
        foreach (var told in history.Of<HoldTold>()) Hold(told);
        foreach (var told in history.Of<ReleaseTold>()) Release(told);
        foreach (var told in history.Of<FindTold>()) Find(told);
        foreach (var told in history.Of<OrderTold>()) Order(told);
        foreach (var same in history.Of<AdjustTold>().GroupBy(t => t.Key)) Adjust([.. same]);
        foreach (var told in history.Of<CampaignTold>()) Campaign(told);
        foreach (var told in history.Of<ViewTold>()) View(told);
        foreach (var told in history.Of<HoldsTold>()) Holds(told);
        foreach (var told in history.Of<NothingTold>()) Nothing(told);
        foreach (var same in history.Of<NothingTold>().Where(t => t.AskedAt >= calmAt && t.Operation is not null).GroupBy(t => t.Operation)) InVain([.. same]);
        Releases();
    }

    // A generation is released by nobody but who names it: its shopper through the cart that claimed it, or whoever asks the stock itself.
    private void Releases()
    {
        var named = calls.Stock.Where(c => c.Question is Release).Select(c => ((Release)c.Question).Hold).Select(h => (h.Hold.ToString(), h.Generation)).ToHashSet();
        foreach (var generation in books.Stocks.SelectMany(s => s.Generations))
        {
            if (generation.End is not { Type: FactType.Released } end) continue;
            var asked = named.Contains((generation.Hold, generation.Number))
                || (history.IsGivenBack(generation.Hold) && books.Cart(generation.Shopper).Claim(generation.Hold)?.Generation == generation.Number);
            findings.Check("P3", asked, () => $"{end}: nobody has asked for that");
        }
    }

    private void Repeats(HoldTold[] all)
    {
        if (Array.Find(all, t => t.Result.Status == Status.Accepted) is not { } first) return;
        foreach (var told in all)
        {
            if (told.Result.Status == Status.Accepted)
            {
                findings.Check("P3", told.Result.Hold == first.Result.Hold, () => $"{told} is not verbatim {first}");
            }
            else if (told.AskedAt >= first.AnsweredAt && told.Campaign == first.Campaign && told.Sku == first.Sku)
            {
                var due = told.Quantity == first.Quantity ? Status.Accepted : Status.IdempotencyMismatch;
                findings.Check("P3", told.Result.Status == due || told.Result.Status == Status.Overloaded || IsMisled(told), () => $"{told} repeats {first}");
            }
        }
    }

    private bool IsMisled(HoldTold told) => told.Result.Status == Status.NotOpen && clocks.Apart >= BoardMargin;

    private void Hold(HoldTold told)
    {
        var (earliest, latest) = clocks.Between(told.AskedAt, told.AnsweredAt);
        bool MayBeOpen(PoolPage p) => !p.IsClosed && latest >= p.OpensAt && earliest < p.ClosesAt;
        switch (told.Result.Status)
        {
            case Status.Accepted:
                Accepted(told, told.Result.Hold!);
                break;
            case Status.NotOpen:
                Was("truth", told, p => earliest < p.OpensAt || IsMisled(told));
                // From a board that may be so old.
                Was("P7", told with { AskedAt = told.AskedAt - (BoardMargin * 1.01) }, p => p.OnSale);
                break;
            case Status.Closed:
                Was("truth", told, p => p.IsClosed || latest >= p.ClosesAt);
                Was("P7", told, p => latest >= p.OpensAt);
                break;
            case Status.Frozen:
                Was("truth", told, p => p.Frozen);
                Was("P7", told, p => p.Frozen && MayBeOpen(p));
                break;
            // What the cart refused the stock had granted before, perhaps to an earlier try: that is a stage of its own.
            case Status.LimitReached when !books.Cart(told.Shopper.Value).HasRefused(new HoldId(told.Operation).ToString()):
                Was("P7", told, p => !p.Frozen && MayBeOpen(p));
                break;
            case Status.SoldOut:
                Was("truth", told, p => p.Available < told.Quantity);
                Was("P7", told, p => p.Available < told.Quantity && !p.Frozen && MayBeOpen(p));
                break;
            case Status.Overloaded:
                NothingHappened(told, told.Operation);
                break;
        }
    }

    private void Accepted(HoldTold told, HoldInfo hold)
    {
        var id = new HoldId(told.Operation).ToString();
        findings.Check("P3", hold.Id.ToString() == id && hold.Sku == told.Sku && hold.Campaign == told.Campaign && hold.Quantity == told.Quantity, () => $"{told}: not what was asked for");
        var claim = books.Cart(told.Shopper.Value).Claim(id);
        findings.Check("P2", claim?.Index < told.Durable && claim.Sku == hold.Sku.Value, () => $"{told}: no durable claim: {claim}");
        var generation = books.Stock(hold.Sku.Value).Find(id, hold.Generation);
        findings.Check("P2", generation?.HeldIndex < told.Durable, () => $"{told}: no durable hold: {generation}");
        findings.Check("P2", claim?.Generation == hold.Generation && generation?.PromisedUntil == hold.ExpiresAt, () => $"{told}: the journal says {claim}, {generation}");
    }

    // The pool was in such a state at some moment from question to answer.
    private void Was(string promise, HoldTold told, Func<PoolPage, bool> such)
    {
        var pages = books.Stock(told.Sku.Value).Pages(told.Campaign.Value);
        findings.Check(promise, IsAnyDuring(pages, p => p.Since, told, such), () => $"{told} was never true from {told.AskedAt} to {told.AnsweredAt}");
    }

    private static bool IsAnyDuring<T>(IReadOnlyList<T> pages, Func<T, TimeSpan> since, Told told, Func<T, bool> such)
    {
        for (var i = 0; i < pages.Count; i++)
        {
            if (since(pages[i]) <= told.AnsweredAt && (i + 1 == pages.Count || since(pages[i + 1]) >= told.AskedAt) && such(pages[i])) return true;
        }

        return false;
    }

    private void Release(ReleaseTold told)
    {
        var generations = books.Stock(told.Hold.Sku.Value).Of(told.Hold.Id.ToString()).Where(g => g.EndedBefore(told.Durable)).ToArray();
        findings.Check("P2", told.Status is Status.Accepted or Status.AlreadyConfirmed, () => $"{told}: the hold was promised");
        findings.Check("P2", told.Status != Status.Accepted || Array.Exists(generations, g => g.Number == told.Hold.Generation), () => $"{told}: it has no durable end");
        findings.Check("P2", told.Status != Status.AlreadyConfirmed || Array.Exists(generations, g => g.End!.Value.Type == FactType.Confirmed), () => $"{told}: it was never confirmed");
    }

    private void Find(FindTold told)
    {
        if (told.Hold.Generation == 0) return;
        findings.Check("P2", told.Found is not null, () => $"{told}: the hold was promised");
        if (told.Found is not { } found) return;
        var generations = books.Stock(found.Sku.Value).Of(found.Id.ToString()).ToArray();
        var holds = found.State switch
        {
            HoldState.Held => Array.Exists(generations, g => g.IsLive || g.End!.Value.Commit.Time >= told.AskedAt),
            HoldState.Confirmed => Array.Exists(generations, g => g.EndedBefore(told.Durable) && g.End!.Value.Type == FactType.Confirmed),
            _ => Array.Exists(generations, g => g.EndedBefore(told.Durable) && g.End!.Value.Type != FactType.Confirmed),
        };
        findings.Check("P2", holds, () => $"{told}: the journal says {string.Join("; ", generations.AsEnumerable())}");
    }

    private void Order(OrderTold told)
    {
        if (told.Operation is not { } operation || told.Result.Status != Status.Accepted) return;
        var fact = books.Of(operation.ToString());
        findings.Check("P2", fact is { } found && found.Index < told.Durable, () => $"{told}: no durable event: {fact}");
        if (fact is not { } effect || told.Command is not Confirm confirm) return;
        findings.Check("P3", effect.Number("sold") == confirm.Quantity && effect.Text("hold") == confirm.Hold.Hold.ToString(), () => $"{told}: {effect}");
    }

    // All that used one key, whichever SKU they wanted to adjust.
    private void Adjust(AdjustTold[] all)
    {
        var key = books.Key(all[0].Key.ToString());
        var first = Array.Find(all, t => t.Result.Status == Status.Accepted);
        foreach (var told in all)
        {
            var settled = key.Settled is { } s && s.Index < told.Durable ? s.Bound : (Fact?)null;
            var isSame = settled is { } bound && told.Is(new Sku(bound.Text("sku")), bound.Number("delta"));
            switch (told.Result.Status)
            {
                case Status.Accepted:
                    findings.Check("P2", settled is not null, () => $"{told}: the key has durably done nothing");
                    findings.Check("P3", isSame && Figures(told) == Figures(first!), () => $"{told} is not verbatim {first}, or the key did {settled}");
                    if (told.Result.View is { } view) Adjusted(told, view);
                    break;
                case Status.IdempotencyMismatch:
                    findings.Check("P3", settled is not null && !isSame, () => $"{told}: the key did {settled}");
                    break;
                case Status.Conflict when told.Result.Detail?.Contains("given up", StringComparison.Ordinal) != true:
                    var shelf = books.Stock(told.Sku.Value).Shelf;
                    findings.Check("truth", IsAnyDuring(shelf, p => p.Since, told, p => p.General < -told.Delta), () => $"{told} was never true from {told.AskedAt} to {told.AnsweredAt}");
                    break;
            }

            if (first is null || told.AskedAt < first.AnsweredAt) continue;
            var due = told.Is(first.Sku, first.Delta) ? Status.Accepted : Status.IdempotencyMismatch;
            findings.Check("P3", told.Result.Status == due, () => $"{told} uses the key of {first}");
        }

        static string Figures(AdjustTold told) => told.Result is { View: { } v, Told: var names }
            ? $"{v.Received} {v.Withdrawn} {v.General} {v.Epoch} {v.Seq} {string.Join(' ', v.Pools)} {names}"
            : "";
    }

    // The figures right after the event, whoever reads them how much later.
    private void Adjusted(AdjustTold told, StockView view)
    {
        var book = books.Stock(told.Sku.Value);
        var then = book.ShelfAt(view.Seq);
        findings.Check("P8", (then.Seq, then.Received, then.Withdrawn, then.General) == (view.Seq, view.Received, view.Withdrawn, view.General), () => $"{told}: the journal says {then}");
        foreach (var (campaign, pool) in book.PoolsAt(view.Seq))
        {
            var shown = view.Pools.FirstOrDefault(p => p.Campaign.Value == campaign);
            findings.Check("P8", shown is { } s && (s.Available, s.Held, s.Sold) == (pool.Available, pool.Held, pool.Sold), () => $"{told}: the journal says {pool}");
        }
    }

    // Asked only when nothing changes any more: what the grains show must be what the journal says.
    private void View(ViewTold told)
    {
        var book = books.Stock(told.Sku.Value);
        findings.Check("P8", told.View.General == book.General && told.View.Withdrawn == book.Withdrawn, () => $"{told}: the journal says {book.General} in general, {book.Withdrawn} withdrawn");
        foreach (var (campaign, pool) in book.Pools)
        {
            var shown = told.View.Pools.FirstOrDefault(p => p.Campaign.Value == campaign);
            findings.Check("P8", shown is { } s && (s.Available, s.Held, s.Sold) == (pool.Available, pool.Held, pool.Sold), () => $"{told.Sku}: {shown}, the journal says {pool}");
        }
    }

    private void Holds(HoldsTold told)
    {
        var shopper = told.Shopper.Value;
        var due = books.Stocks.SelectMany(s => s.Generations).Where(g => g.Shopper == shopper && g.Sold > 0 && books.Cart(shopper).Claim(g.Hold)?.Generation == g.Number);
        foreach (var generation in due)
        {
            findings.Check("P8", told.Holds.Any(h => h.Id.ToString() == generation.Hold && h.Sku.Value == generation.Sku && h.Quantity == generation.Sold), () => $"{told}: the journal says {generation}");
        }
    }

    private void Campaign(CampaignTold told)
    {
        if (told.Result.Status != Status.Accepted) return;
        foreach (var shown in told.Result.View?.Pools ?? []) Pool(told, shown);
        var facts = books.Campaign(told.Campaign.Value).Where(f => f.Index < told.Durable).ToArray();
        if (told.Config is not null) findings.Check("P2", Array.Exists(facts, f => f.Type == FactType.CampaignConfigured), () => $"{told}: no durable configuration");
        if (told.Action != CampaignAction.Close) return;
        findings.Check("P2", Array.Exists(facts, f => f.Type == FactType.CampaignClosed), () => $"{told}: no durable close");
        foreach (var pool in books.Stocks.SelectMany(s => s.Pools).Where(p => p.Campaign == told.Campaign.Value && p.Last.OnSale))
        {
            findings.Check("P2", pool.Last.IsClosed && pool.Last.ClosedIndex < told.Durable, () => $"{told}: {pool} was not closed");
        }
    }

    // Each SKU is asked by itself, so each pool's figures are of a moment of their own.
    private void Pool(CampaignTold told, SkuPool shown)
    {
        IReadOnlyList<PoolPage> pages = books.Stock(shown.Sku.Value).Pages(told.Campaign.Value) is { Count: > 0 } all ? all : [PoolPage.None];
        var (available, held, sold) = (shown.Pool.Available, shown.Pool.Held, shown.Pool.Sold);
        findings.Check(
            "truth",
            IsAnyDuring(pages, p => p.Since, told, p => (p.Available, p.Held, p.Sold) == (available, held, sold)),
            () => $"{told}: {shown} was never true from {told.AskedAt} to {told.AnsweredAt}");
    }

    private void Nothing(NothingTold told)
    {
        // An activation that nobody used since it lost its ledger still has to find out, by one request.
        if (!told.Why.Contains("Repeat.", StringComparison.Ordinal)) findings.Check("live", told.AskedAt < calmAt, () => $"{told}, although nothing had gone wrong for a while");
        if (told.Code == "overloaded" && told.Operation is { } operation) NothingHappened(told, operation);
    }

    // Once nothing goes wrong any more a few repeats must do, even where two processes take a ledger from each other.
    private void InVain(NothingTold[] all) =>
        findings.Check("live", all.Length <= MostInVain, () => $"{all[0].Operation} was asked for {all.Length} times in vain, at last {all[^1]}");

    // Of an operation asked for only once nothing may be found.
    private void NothingHappened(Told told, OperationId operation)
    {
        if (history.TimesAsked(operation) == 1) findings.Check("P3", !books.Has(operation.ToString()), () => $"{told}: nothing was to happen, but it did");
    }
}
