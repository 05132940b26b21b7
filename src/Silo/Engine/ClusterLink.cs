namespace FlashSale.Silo.Engine;

/// <summary>Whether this process can reach grains: always where it runs some itself, else while it is connected to a silo.</summary>
internal sealed class ClusterLink
{
    private volatile bool _lost; // Written by the engine's own threads, read by each look at the health.

    public bool IsUp
    {
        get => !_lost;
        set => _lost = !value;
    }
}
