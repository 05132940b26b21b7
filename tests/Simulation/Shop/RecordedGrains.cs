using System.Collections.Immutable;
using FlashSale.Contracts;
using Orleans;
using Orleans.Runtime;

namespace FlashSale.Simulation.Tests;

/// <summary>The grains as one process's gateway sees them; each call to a stock, and each claim, is written down for the oracle.</summary>
internal sealed class RecordedGrains(IGrainFactory grains, GrainCalls calls, SimStore store, Lane lane) : IGrainFactory
{
    private readonly HashSet<HoldId> _untold = [];

    /// <summary>The gateway knows of units that were granted, and has not yet told the shopper.</summary>
    public bool HasUntold => _untold.Count > 0;

    public TGrainInterface GetGrain<TGrainInterface>(string primaryKey, string? grainClassNamePrefix = null)
        where TGrainInterface : IGrainWithStringKey
    {
        var grain = grains.GetGrain<TGrainInterface>(primaryKey, grainClassNamePrefix);
        return grain switch
        {
            IStockGrain stock => (TGrainInterface)(object)new RecordedStock(this, stock, new Sku(primaryKey[GrainKeys.SkuPrefix.Length..])),
            ICartGrain cart => (TGrainInterface)(object)new RecordedCart(this, cart),
            _ => grain,
        };
    }

    public IGrain GetGrain(Type grainInterfaceType, string grainPrimaryKey) => throw new NotSupportedException();

    public TGrainInterface GetGrain<TGrainInterface>(GrainId grainId)
        where TGrainInterface : IAddressable => throw new NotSupportedException();

    /// <summary>The shopper has the answer to this operation.</summary>
    public void Told(OperationId operation) => _untold.Remove(new HoldId(operation));

    private StockCall Sent(Sku sku, object question) => calls.Sent(sku, question, lane.Scheduler.Now);

    private void Heard(StockCall call, object answer)
    {
        call.Answer = answer;
        call.AnsweredAt = lane.Scheduler.Now;
        if (call is { Question: Reserve, Result: { Status: Status.Accepted, Repeated: false, Hold: { } hold } }) _untold.Add(hold.Id);
    }

    private async Task<ClaimResult> Claimed(HoldInfo hold, bool refuses, Func<HoldInfo, Task<ClaimResult>> ask)
    {
        var call = new ClaimCall(hold, refuses, lane.Scheduler.Now);
        calls.Claims.Add(call);
        call.Answer = await ask(hold);
        call.Durable = store.Commits.Count;
        return call.Answer;
    }

    private sealed class RecordedCart(RecordedGrains recorder, ICartGrain cart) : ICartGrain
    {
        public Task<ClaimResult> Claim(HoldInfo hold) => recorder.Claimed(hold, refuses: false, cart.Claim);

        public Task<ClaimResult> Refuse(HoldInfo hold) => recorder.Claimed(hold, refuses: true, cart.Refuse);

        public Task<HoldInfo?> Find(HoldId hold) => cart.Find(hold);

        public Task<ImmutableArray<HoldInfo>> Holds() => cart.Holds();

        public Task<Status> Release(HoldId hold, ReleaseCause cause) => cart.Release(hold, cause);
    }

    private sealed class RecordedStock(RecordedGrains recorder, IStockGrain stock, Sku sku) : IStockGrain
    {
        public async Task<ReserveReply> Reserve(ImmutableArray<Reserve> requests)
        {
            var sent = requests.Select(request => recorder.Sent(sku, request)).ToArray();
            var reply = await stock.Reserve(requests);
            for (var i = 0; i < sent.Length; i++) recorder.Heard(sent[i], reply.Results[i]);
            return reply;
        }

        public async Task<StockResult> Execute(StockCommand command)
        {
            var sent = recorder.Sent(sku, command);
            var result = await stock.Execute(command);
            recorder.Heard(sent, result);
            return result;
        }

        public async Task<StockView> View()
        {
            var sent = recorder.Sent(sku, new ViewQuestion());
            var view = await stock.View();
            recorder.Heard(sent, view);
            return view;
        }

        public async Task<ImmutableArray<HoldInfo?>> Find(ImmutableArray<HoldRef> holds)
        {
            var sent = recorder.Sent(sku, new FindQuestion(holds));
            var found = await stock.Find(holds);
            recorder.Heard(sent, new FindAnswer(found));
            return found;
        }

        public Task<TendReply> Tend() => stock.Tend();
    }
}
