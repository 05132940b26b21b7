namespace FlashSale.Drop.Hosting;

/// <summary>Something that is done to the servers in mid-drop.</summary>
/// <param name="Name">What is killed.</param>
/// <param name="StrikeAsync">Kills it; done when it is up again.</param>
internal sealed record Fault(string Name, Func<CancellationToken, Task> StrikeAsync);
