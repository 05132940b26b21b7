using FlashSale.Drop.Crowd;

namespace FlashSale.Drop.Arrivals;

/// <summary>Sends shoppers onto the floor when their time has come, whatever the server does. Called by one thread.</summary>
internal sealed class Schedule(IReadOnlyList<Shopper> shoppers, IReadOnlyList<TimeSpan> times, Floor floor, Timeline timeline)
{
    int _next;

    public int Arrived => Volatile.Read(ref _next);

    /// <summary>Lets in everybody whose time is not after <paramref name="now"/>; both count from the opening at <paramref name="origin"/>.</summary>
    public void LetIn(TimeSpan origin, TimeSpan now)
    {
        for (; _next < shoppers.Count && origin + times[_next] <= now; Volatile.Write(ref _next, _next + 1))
        {
            var due = origin + times[_next];
            timeline.CountDue(due, now);
            floor.Arrive(shoppers[_next], due);
        }
    }
}
