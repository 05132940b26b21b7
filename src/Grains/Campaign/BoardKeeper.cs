using System.Collections.Immutable;
using FlashSale.Contracts;
using Orleans;

namespace FlashSale.Grains.Campaign;

/// <summary>
/// The board of one campaign: its settled configuration, the articles' names, and the SKUs' levels, under a version that only grows. Lives on
/// the turns of its grain; nothing of it is durable, since every SKU reports its level when it is activated.
/// </summary>
/// <param name="grains">For names.</param>
/// <param name="time">For the end of a long poll.</param>
/// <param name="epoch">Epoch of the campaign's ledger: versions of a later activation are greater.</param>
internal sealed class BoardKeeper(IGrainFactory grains, TimeProvider time, long epoch)
{
    private static readonly TimeSpan PollMost = TimeSpan.FromSeconds(2);
    private const long VersionsPerEpoch = 1_000_000;

    private readonly Dictionary<Sku, (long Seq, Availability Availability)> _levels = [];
    private ImmutableDictionary<Sku, string> _names = ImmutableDictionary<Sku, string>.Empty;
    private readonly List<TaskCompletionSource> _waiting = [];
    private long _version = epoch * VersionsPerEpoch;
    private CampaignState? _state;
    private CampaignBoard? _board;
    private Task? _preparing;
    private bool _prepared;

    /// <summary>The state to be shown from now on.</summary>
    public void Show(CampaignState state)
    {
        if (state.Settled != _state?.Settled) _prepared = false; // It may have SKUs whose names nobody has asked for.
        _state = state;
        Publish();
    }

    /// <summary>Asks for the articles' names and levels as they are now. One that cannot be asked keeps what was known of it, and is asked again.</summary>
    public async Task Prepare()
    {
        if (_state?.Settled is not { } settled) return;
        var complete = true;
        foreach (var asked in settled.Config.Skus.Select(s => Ask(_state.Id, s.Sku)).ToArray()) complete &= await asked;
        _prepared = complete;
        Publish();
    }

    /// <summary>A SKU's level; an older one than known is ignored, since reports may overtake each other.</summary>
    public void Level(Sku sku, long seq, Availability availability)
    {
        if (_levels.TryGetValue(sku, out var known) && known.Seq >= seq) return;
        _levels[sku] = (seq, availability);
        Publish();
    }

    /// <summary>The level of this campaign's pool in a SKU's figures, if any.</summary>
    public void Level(CampaignId campaign, StockView? view)
    {
        if (view?.Pools.FirstOrDefault(p => p.Campaign == campaign) is { } pool) Level(view.Sku, view.Seq, pool.Availability);
    }

    /// <summary>The board once it is not of this version, or after at most 2 s as it is.</summary>
    public async Task<CampaignBoard?> Watch(long knownVersion)
    {
        if (!_prepared && _state?.Settled is not null) await PrepareOnce();
        if (_board is not null && _board.Version == knownVersion) await Changed();
        return _board;
    }

    // Not WhenAny with a delay: the timer of a poll that was answered would run on, and WhenAny would complete on the thread pool.
    private async Task Changed()
    {
        var changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _waiting.Add(changed);
        using var timer = time.CreateTimer(static waiting => ((TaskCompletionSource)waiting!).TrySetResult(), changed, PollMost, Timeout.InfiniteTimeSpan);
        await changed.Task;
        _waiting.Remove(changed);
    }

    /// <summary>Answers all long polls now.</summary>
    public void Wake()
    {
        foreach (var waiting in _waiting) waiting.TrySetResult();
    }

    // A campaign that was just activated knows neither names nor levels; all who look meanwhile wait for one asking.
    private async Task PrepareOnce()
    {
        var preparing = _preparing ??= Prepare();
        await preparing;
        if (_preparing == preparing) _preparing = null;
    }

    private async Task<bool> Ask(CampaignId campaign, Sku sku)
    {
        try
        {
            if (await grains.Catalog(sku).Get() is { } entry) _names = _names.SetItem(sku, entry.Name);
            Level(campaign, await grains.Stock(sku).View());
            return true;
        }
        catch (Exception)
        {
            return false;
        }
    }

    private void Publish()
    {
        if (_state?.Settled is not { } settled) return;
        var config = settled.Config;
        var board = new CampaignBoard(
            _state.Id, _version, config.Name, config.Mode, config.OpensAt, config.ClosesAt, config.LimitPerShopper, config.HoldSeconds,
            _state.Frozen, _state.Closed, [.. config.Skus.Select(s => Article(settled, s.Sku))], _state.FormerSkus);
        if (_board is not null && IsSame(_board, board)) return;
        _board = board with { Version = ++_version };
        Wake();
    }

    private BoardSku Article(Settings settings, Sku sku) => new(
        sku,
        _names.GetValueOrDefault(sku, sku.Value),
        settings.Prices.First(p => p.Sku == sku).Price,
        _levels.TryGetValue(sku, out var level) ? level.Availability : Availability.Available);

    // Written out, because an array inside a record compares by identity.
    private static bool IsSame(CampaignBoard a, CampaignBoard b) =>
        a with { Version = 0, Skus = default, FormerSkus = default } == b with { Version = 0, Skus = default, FormerSkus = default }
        && a.Skus.SequenceEqual(b.Skus)
        && a.FormerSkus.SequenceEqual(b.FormerSkus);
}
