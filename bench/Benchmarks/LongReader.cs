using System.Globalization;
using FlashSale.Grains.Journal;
using Npgsql;

namespace FlashSale.Benchmarks;

/// <summary>
/// Groups a second on one hot ledger in PostgreSQL, minute by minute, while another session keeps a transaction open from the first minute on, as a
/// forgotten console or a dump would: no old version of the head can be removed, and each group leaves one more. Expected: the last minute is as
/// fast as the first, because each group finds the head where the group before has put it.
/// </summary>
/// <remarks>Its subject is minutes, not microseconds, so it is a program of its own: <c>bench long-reader [MINUTES]</c> with <c>ConnectionStrings__FlashSale</c>.</remarks>
internal static class LongReader
{
    public const string Verb = "long-reader";

    private const int EventsPerGroup = 64;
    private static readonly DateTimeOffset At = DateTimeOffset.FromUnixTimeMilliseconds(1_800_000_000_000);

    public static async Task<int> Run(string[] args)
    {
        var minutes = args is [var text] ? int.Parse(text, CultureInfo.InvariantCulture) : 10;
        var connectionString = Environment.GetEnvironmentVariable("ConnectionStrings__FlashSale")
            ?? throw new InvalidOperationException("ConnectionStrings__FlashSale must name an empty PostgreSQL database; eng/postgres start DIR makes one.");
        await using var journal = await PostgresJournal.Open(new PostgresOptions(connectionString));
        Console.WriteLine($"{EventsPerGroup} events a group, one ledger");
        var seq = await Minute("alone", journal, 0);

        await using var reader = new NpgsqlConnection(connectionString);
        await reader.OpenAsync();
        await using var transaction = await reader.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead);
        await using (var look = new NpgsqlCommand("SELECT count(*) FROM ledger_head", reader, transaction)) await look.ExecuteScalarAsync();
        for (var minute = 1; minute <= minutes; minute++) seq = await Minute($"with a reader open, minute {minute}", journal, seq);
        return 0;
    }

    private static async Task<long> Minute(string what, PostgresJournal journal, long seq)
    {
        var time = TimeProvider.System;
        var start = time.GetTimestamp();
        var groups = 0;
        while (time.GetElapsedTime(start) < TimeSpan.FromMinutes(1))
        {
            var at = seq;
            var rows = Enumerable.Range(1, EventsPerGroup).Select(i => new EventRow(at + i, At, null, 3, """{"quantity":1}""")).ToArray();
            if (!(await journal.Append([new JournalEntry("stock/sku-1", Math.Min(seq, 1), seq, rows)]))[0]) throw new InvalidOperationException("Fenced.");
            seq += EventsPerGroup;
            groups++;
        }

        Console.WriteLine($"{what,-40} {groups / time.GetElapsedTime(start).TotalSeconds,8:0.0} groups/s");
        return seq;
    }
}
