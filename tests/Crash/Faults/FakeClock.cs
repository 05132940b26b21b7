using System.Globalization;
using System.Net;

namespace FlashSale.Crash.Tests.Faults;

/// <summary>The wall clock of the processes that are started with its environment; their monotonic clock stays true.</summary>
internal sealed class FakeClock : IDisposable
{
    private readonly string _file = Path.Combine(Path.GetTempPath(), $"flashsale-clock-{Path.GetRandomFileName()}");

    private FakeClock(string library)
    {
        Ahead = TimeSpan.Zero;
        Environment = new Dictionary<string, string>
        {
            ["LD_PRELOAD"] = library,
            ["FAKETIME_DONT_FAKE_MONOTONIC"] = "1",
            ["FAKETIME_TIMESTAMP_FILE"] = _file,
            ["FAKETIME_NO_CACHE"] = "1",
        };
    }

    public IReadOnlyDictionary<string, string> Environment { get; }

    /// <summary>How far it is ahead of the true time, or, below zero, behind it. It jumps when this is set.</summary>
    public TimeSpan Ahead
    {
        set
        {
            // Put there in one step: a reader of half a file would see another time.
            var next = _file + ".next";
            File.WriteAllText(next, string.Create(CultureInfo.InvariantCulture, $"{value.TotalSeconds:+0;-0;+0}\n"));
            File.Move(next, _file, overwrite: true);
        }
    }

    /// <exception cref="InvalidOperationException">libfaketime is missing; the message says what to install.</exception>
    public static FakeClock Create()
    {
        SweepUp();
        return new FakeClock(Tools.Path(Tools.Faketime));
    }

    /// <summary>Waits until the process itself shows the time that it is to believe: in the Date of its answers.</summary>
    public static Task AssertBelieved(Api api, TimeSpan ahead) => Api.Eventually(
        () => api.Send(HttpMethod.Get, "/health/live"),
        answer => answer.Status == HttpStatusCode.OK
            && (DateTimeOffset.Parse(answer.Header("Date")!, CultureInfo.InvariantCulture) - TimeProvider.System.GetUtcNow() - ahead).Duration() < TimeSpan.FromMinutes(1));

    public void Dispose() => File.Delete(_file);

    // What was killed leaves a semaphore and a piece of memory named after its process number. Whoever gets that number next, as another user, cannot start.
    private static void SweepUp()
    {
        foreach (var left in Directory.EnumerateFiles("/dev/shm", "*faketime_s*_*"))
        {
            if (Directory.Exists("/proc/" + left[(left.LastIndexOf('_') + 1)..])) continue;
            try
            {
                File.Delete(left);
            }
            catch (UnauthorizedAccessException)
            {
                // Another user's to sweep up.
            }
        }
    }
}
