using FlashSale.Contracts;

namespace FlashSale.Grains.Audit;

/// <summary>The audit of a journal, whatever keeps it.</summary>
/// <param name="open">Opens the rows.</param>
/// <param name="clock">Ledger time of a process that is up; without it the newest event is taken for now, as it must be with a journal that nobody runs.</param>
/// <param name="grace">How much later than <see cref="JournalAudit.ExpiryMost"/> a hold may end before it counts as stranded; default 3 s, as after a fail-over.</param>
internal abstract class JournalAuditor(Func<IJournalRows> open, ILedgerClock? clock, TimeSpan? grace) : IAuditor
{
    private static readonly TimeSpan DefaultGrace = TimeSpan.FromSeconds(3);

    /// <inheritdoc />
    public Task<AuditReport> Run()
    {
        var done = new TaskCompletionSource<AuditReport>(TaskCreationOptions.RunContinuationsAsynchronously);
        // A thread of its own: reading blocks, and a grain's turn or a pool thread is not the audit's to hold for seconds.
        new Thread(() =>
        {
            try
            {
                done.SetResult(Audit());
            }
            catch (Exception e)
            {
                done.SetException(e);
            }
        })
        { IsBackground = true, Name = "audit" }.Start();
        return done.Task;
    }

    private AuditReport Audit()
    {
        // Before the moment that is audited: a later one would call holds overdue whose end came too late to be seen.
        var now = clock?.Now;
        using var rows = open();
        return new JournalAudit(rows, now, grace ?? DefaultGrace).Run();
    }
}
