using System.Text.Json;

namespace FlashSale.Drop.Crowd;

/// <summary>Logs the whole crowd in before the drop, so that the drop's numbers are those of buying alone.</summary>
internal sealed class LoginPhase(Shopper[] shoppers, TimeProvider time)
{
    const int AttemptsMax = 10;

    int _next = -1;
    int _done;

    public int Done => Volatile.Read(ref _done);

    public Task RunAsync(IEnumerable<Lane> lanes, CancellationToken stop) => Task.WhenAll(lanes.Select(lane => RunLaneAsync(lane, stop)));

    async Task RunLaneAsync(Lane lane, CancellationToken stop)
    {
        await Task.Yield();
        for (var i = Interlocked.Increment(ref _next); i < shoppers.Length; i = Interlocked.Increment(ref _next))
        {
            await LoginAsync(shoppers[i], lane, stop);
            Interlocked.Increment(ref _done);
        }
    }

    async Task LoginAsync(Shopper shopper, Lane lane, CancellationToken stop)
    {
        for (var attempt = 1; ; attempt++)
        {
            stop.ThrowIfCancellationRequested();
            var response = await lane.LoginAsync(shopper.Name);
            if (response.Status == 200)
            {
                shopper.Token = ReadToken(response.Body.Span);
                return;
            }

            var answer = Answer.Read(response);
            if (!answer.IsRetryable || attempt == AttemptsMax)
                throw new DropException($"Login of dev:{shopper.Name} was answered {answer.Code}: {response.Trouble ?? Text.Start(response.Body.Span)}. The server needs FlashSale__Login=Dev.");
            await Task.Delay(answer.RetryAfter, time, stop);
        }
    }

    static byte[] ReadToken(ReadOnlySpan<byte> body)
    {
        try
        {
            var token = JsonSerializer.Deserialize<Session>(body, JsonSerializerOptions.Web)?.Token;
            if (token is { Length: > 0 and <= Http.ShopperRequests.TokenMaxBytes } && System.Text.Ascii.IsValid(token))
                return System.Text.Encoding.ASCII.GetBytes(token);
        }
        catch (JsonException)
        {
            // Falls through to the one message for all bodies without a usable token.
        }

        throw new DropException("A login was answered 200 without a usable token: " + Text.Start(body));
    }

    sealed record Session(string? Token);
}
