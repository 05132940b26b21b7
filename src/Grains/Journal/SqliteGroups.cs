using Microsoft.Data.Sqlite;

namespace FlashSale.Grains.Journal;

/// <summary>The hot path: one transaction a group, two statements a ledger with one event, one more for each further event.</summary>
internal sealed class SqliteGroups(SqliteSession session)
{
    readonly SqliteCommand _check = session.Prepare("SELECT epoch, seq FROM ledger_head WHERE ledger = $ledger", "$ledger");

    readonly SqliteCommand _create = session.Prepare(
        "INSERT INTO ledger_head(ledger, epoch, seq) VALUES ($ledger, 1, $to) ON CONFLICT DO NOTHING", "$ledger", "$to");

    readonly SqliteCommand _advance = session.Prepare(
        "UPDATE ledger_head SET seq = $to WHERE ledger = $ledger AND epoch = $epoch AND seq = $from", "$to", "$ledger", "$epoch", "$from");

    readonly SqliteCommand _insert = session.Prepare(
        "INSERT INTO ledger_event(ledger, seq, at, operation, type, payload) VALUES ($ledger, $seq, $at, $operation, $type, $payload)",
        "$ledger", "$seq", "$at", "$operation", "$type", "$payload");

    readonly SqliteCommand _bump = session.Prepare(
        "INSERT INTO ledger_head(ledger, epoch, seq) VALUES ($ledger, 1, 0) ON CONFLICT DO UPDATE SET epoch = epoch + 1 RETURNING epoch, seq", "$ledger");

    public bool[] Append(IReadOnlyList<JournalEntry> group)
    {
        for (var i = 0; i < group.Count; i++)
            if (group[i].Events.Count > 0) return session.Write(() => AppendAll(group));
        return session.Look(() => AppendAll(group));
    }

    public LedgerHead[] Bump(IReadOnlyList<string> ledgers) => session.Write(() =>
    {
        var heads = new LedgerHead[ledgers.Count];
        for (var i = 0; i < heads.Length; i++) heads[i] = ReadHead(_bump, ledgers[i]);
        return heads;
    });

    bool[] AppendAll(IReadOnlyList<JournalEntry> group)
    {
        var matched = new bool[group.Count];
        for (var i = 0; i < matched.Length; i++)
        {
            var entry = group[i];
            matched[i] = entry.Events.Count == 0 ? Check(entry) : MoveHead(entry);
            if (matched[i]) InsertEvents(entry);
        }
        return matched;
    }

    bool Check(JournalEntry entry) => ReadHead(_check, entry.Ledger) == new LedgerHead(entry.Epoch, entry.Seq);

    /// <summary>The fence: the row changes only where epoch and seq still match.</summary>
    bool MoveHead(JournalEntry entry)
    {
        var to = entry.Seq + entry.Events.Count;
        if (entry.Epoch == 0)
        {
            _create.Parameters[0].Value = entry.Ledger;
            _create.Parameters[1].Value = to;
            return _create.ExecuteNonQuery() == 1;
        }
        _advance.Parameters[0].Value = to;
        _advance.Parameters[1].Value = entry.Ledger;
        _advance.Parameters[2].Value = entry.Epoch;
        _advance.Parameters[3].Value = entry.Seq;
        return _advance.ExecuteNonQuery() == 1;
    }

    void InsertEvents(JournalEntry entry)
    {
        if (entry.Events.Count == 0) return;
        _insert.Parameters[0].Value = entry.Ledger;
        for (var i = 0; i < entry.Events.Count; i++)
        {
            var row = entry.Events[i];
            _insert.Parameters[1].Value = row.Seq;
            _insert.Parameters[2].Value = row.At.ToUnixTimeMilliseconds();
            _insert.Parameters[3].Value = (object?)row.Operation ?? DBNull.Value;
            _insert.Parameters[4].Value = row.Type;
            _insert.Parameters[5].Value = row.Payload;
            _insert.ExecuteNonQuery();
        }
    }

    static LedgerHead ReadHead(SqliteCommand command, string ledger)
    {
        command.Parameters[0].Value = ledger;
        using var reader = command.ExecuteReader();
        return reader.Read() ? new LedgerHead(reader.GetInt64(0), reader.GetInt64(1)) : default;
    }
}
