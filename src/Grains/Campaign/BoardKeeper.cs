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
/// <param name="clock">Versions begin with ledger time, so that those of a later activation are greater.</param>
internal sealed class BoardKeeper(IGrainFactory grains, TimeProvider time, ILedgerClock clock)
{
    private static readonly TimeSpan PollMost = TimeSpan.FromSeconds(2);

    private readonly Dictionary<Sku, (long Seq, Availability Availability)> _levels = [];
    private ImmutableDictionary<Sku, string> _names = ImmutableDictionary<Sku, string>.Empty;
    private readonly List<TaskCompletionSource<bool>> _waiting = [];
    private CampaignState? _state;
    private long _seq;
    private Task? _preparing;
    private bool _prepared;

    /// <summary>As it is now; null before the first configuration is settled.</summary>
    public CampaignBoard? Board { get; private set; }

    /// <summary>The state to be shown from now on.</summary>
    /// <param name="state">Acknowledged.</param>
    /// <param name="seq">Of its newest event.</param>
    public void Show(CampaignState state, long seq)
    {
        _seq = seq;
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

    /// <summary>Ends once the board is not of this version, or after at most 2 s.</summary>
    public async Task Watch(long knownVersion)
    {
        if (!_prepared && _state?.Settled is not null) await PrepareOnce();
        // An activation whose clock was ahead has shown this campaign before; what changes from now on must not look older than that.
        if (Board?.Version < knownVersion) Board = Board with { Version = knownVersion + 1 };
        if (Board is null || Board.Version != knownVersion) return;
        // Nobody tells of a new name, nor of the level of a SKU whose owner is in another process: these are asked for.
        if (!await Changed()) await PrepareOnce();
    }

    // Not WhenAny with a delay: the timer of a poll that was answered would run on, and WhenAny would complete on the thread pool.
    private async Task<bool> Changed()
    {
        var changed = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        _waiting.Add(changed);
        using var timer = time.CreateTimer(static waiting => ((TaskCompletionSource<bool>)waiting!).TrySetResult(false), changed, PollMost, Timeout.InfiniteTimeSpan);
        var told = await changed.Task;
        _waiting.Remove(changed);
        return told;
    }

    /// <summary>Answers all long polls now.</summary>
    public void Wake()
    {
        foreach (var waiting in _waiting) waiting.TrySetResult(true);
    }

    // All who look meanwhile wait for one asking.
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
            _state.Id, Version: 0, config.Name, config.Mode, config.OpensAt, config.ClosesAt, config.LimitPerShopper, config.HoldSeconds,
            _state.Frozen, _state.Closed, [.. config.Skus.Select(s => Article(settled, s.Sku))], _state.FormerSkus);
        if (Board is not null && IsSame(Board, board))
        {
            Board = Board with { Seq = _seq };
            return;
        }

        Board = board with { Version = Math.Max((Board?.Version ?? 0) + 1, clock.Now.ToUnixTimeMilliseconds()), Seq = _seq };
        Wake();
    }

    private BoardSku Article(Settings settings, Sku sku) => new(
        sku,
        _names.GetValueOrDefault(sku, sku.Value),
        settings.Prices.First(p => p.Sku == sku).Price,
        _levels.TryGetValue(sku, out var level) ? level.Availability : Availability.Available);

    // Written out, because an array inside a record compares by identity.
    private static bool IsSame(CampaignBoard a, CampaignBoard b) =>
        a with { Version = 0, Seq = 0, Skus = default, FormerSkus = default } == b with { Version = 0, Seq = 0, Skus = default, FormerSkus = default }
        && a.Skus.SequenceEqual(b.Skus)
        && a.FormerSkus.SequenceEqual(b.FormerSkus);
}
