using FlashSale.Grains.Ledger;

namespace FlashSale.Grains.Tests.Ledger;

/// <summary>A ledger on turns of its own, as a grain would run it.</summary>
internal sealed class TallyActivation
{
    private readonly TaskFactory _turns = new(new ConcurrentExclusiveSchedulerPair().ExclusiveScheduler);
    private Ledger<TallyState, int, long, TallyEvent> _ledger = null!;

    public TallyState Acknowledged => _ledger.Acknowledged;

    public long Epoch => _ledger.Epoch;

    public static async Task<TallyActivation> Open(LedgerEngine engine, string key, bool takeRight, Action broke)
    {
        var activation = new TallyActivation();
        activation._ledger = await activation.Turn(() => Ledger<TallyState, int, long, TallyEvent>.Open(engine, TallyMachine.Kind, key, takeRight, broke));
        return activation;
    }

    public Task<long> Execute(int number) => Turn(() => _ledger.Execute(number));

    public Task<long[]> ExecuteAll(int[] numbers) => Turn(() => _ledger.ExecuteAll(numbers));

    public Task<long> ReadSum() => Turn(() => _ledger.Read((state, _) => state.Sum));

    public Task Close() => Turn(() =>
    {
        _ledger.Close();
        return Task.FromResult(0);
    });

    /// <summary>Returns when every command so far has been decided and enqueued.</summary>
    public Task Decided() => Turn(() => Task.FromResult(0));

    private Task<T> Turn<T>(Func<Task<T>> turn) => _turns.StartNew(turn).Unwrap();
}
