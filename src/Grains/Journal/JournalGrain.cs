using System.Collections.Frozen;
using System.Collections.Immutable;
using FlashSale.Contracts;
using FlashSale.Grains.Audit;
using FlashSale.Grains.Campaign;
using FlashSale.Grains.Cart;
using FlashSale.Grains.Stock;
using Orleans;

namespace FlashSale.Grains.Journal;

/// <summary>Reads the journal for operators. Holds nothing and decides nothing.</summary>
internal sealed class JournalGrain(IJournal journal, IAuditor auditor) : Grain, IJournalGrain
{
    private static readonly FrozenDictionary<int, string> Names =
        StockCodec.Events.Types.Concat(CartCodec.Events.Types).Concat(CampaignCodec.Events.Types).ToFrozenDictionary(t => t.Number, t => t.Name);

    public async Task<ImmutableArray<string>> List(LedgerKind kind, string? after, int limit)
    {
        var prefix = kind switch
        {
            LedgerKind.Stock => StockGrain.Kind.Prefix + GrainKeys.SkuPrefix,
            LedgerKind.Campaign => CampaignGrain.Kind.Prefix + GrainKeys.CampaignPrefix,
            _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "No ledgers of this kind can be listed."),
        };
        var ledgers = await StoreFailures.Translated(journal.ListLedgers(prefix, after is null ? null : prefix + after, limit));
        return [.. ledgers.Select(l => l[prefix.Length..])];
    }

    public async Task<ImmutableArray<LedgerEvent>> Read(Sku sku, long after, int limit)
    {
        var rows = await StoreFailures.Translated(journal.ReadEvents(StockGrain.Kind.Prefix + GrainKeys.SkuPrefix + sku.Value, after, limit));
        return [.. rows.Select(r => new LedgerEvent(r.Seq, r.At, Names.GetValueOrDefault(r.Type, "Unknown"), Operation(r), r.Payload))];
    }

    public Task<AuditReport> Audit() => StoreFailures.Translated(auditor.Run());

    private static OperationId? Operation(EventRow row) => OperationId.TryParse(row.Operation, out var id) ? id : null;
}
