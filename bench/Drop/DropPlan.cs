namespace FlashSale.Drop;

/// <summary>The names of one run. All are new in every run: idempotency keys and stock outlive it on a server that stays.</summary>
internal sealed record DropPlan(string Run, int Stock, int Limit, int HoldSeconds)
{
    public string Campaign => Run;

    public string Sku => Run + "-sku";

    public static DropPlan Create(DropOptions options, TimeProvider time)
    {
        var run = $"drop-{time.GetUtcNow().ToUnixTimeMilliseconds():x}-{Environment.ProcessId:x}";
        return new DropPlan(run, options.Stock, options.Limit, options.HoldSeconds);
    }
}
