using FlashSale.Grains.Ledger;

namespace FlashSale.Grains.Tests.Ledger;

/// <summary>A ledger on turns of its own, as a grain would run it.</summary>
internal sealed class TallyActivation
{
    private readonly TaskFactory _turns = new(new ConcurrentExclusiveSchedulerPair().ExclusiveScheduler);
    private Ledger<TallyState, int, long, TallyEvent> _ledger = null!;

    public TallyState Acknowledged => _ledger.Acknowledged;

    public long AcknowledgedSeq => _ledger.AcknowledgedSeq;

    public long Epoch => _ledger.Epoch;

    public bool Follows => _ledger.Follows;

    public Action? OnAcknowledged
    {
        set => _ledger.OnAcknowledged = value;
    }

    /// <summary>One that has touched no store yet.</summary>
    public static TallyActivation Unread(LedgerEngine engine, string key, Action broke) => new() { _ledger = new(engine, TallyMachine.Kind, key, broke) };

    public static async Task<TallyActivation> Open(LedgerEngine engine, string key, Action broke)
    {
        var activation = Unread(engine, key, broke);
        await activation.Refresh();
        return activation;
    }

    /// <summary>Brings it up to date. When it returns, every command given before has been decided and enqueued.</summary>
    public Task Refresh() => Turn(async () =>
    {
        await _ledger.Refresh();
        return 0;
    });

    /// <summary>Returns when every call made before has had its first turn.</summary>
    public Task Begun() => Turn(() => Task.FromResult(0));

    public Task<long> Execute(int number) => Turn(() => _ledger.Execute(number));

    public Task<long[]> ExecuteAll(int[] numbers) => Turn(() => _ledger.ExecuteAll(numbers));

    public Task<long> ReadSum() => Turn(() => _ledger.Read((state, _) => state.Sum));

    public Task Close() => Turn(() =>
    {
        _ledger.Close();
        return Task.FromResult(0);
    });

    private Task<T> Turn<T>(Func<Task<T>> turn) => _turns.StartNew(turn).Unwrap();
}
