using FlashSale.Grains.Journal;
using Microsoft.Data.Sqlite;

namespace FlashSale.Silo.Tests;

/// <summary><c>audit</c> as an operator calls it, beside a process that serves.</summary>
public sealed class AuditCommandTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Every_figure_and_promise_is_printed_while_the_journal_is_served_and_what_was_spoiled_is_named()
    {
        using var silo = await SiloProcess.Start(_directory.Path);
        using var api = new Api(silo.Url);
        await api.MakeSku("shoe", 5);
        await Api.Expect(api.PutCampaign("drop", skus: ("shoe", 3)));
        await api.Hold(await api.Login("mei"), "drop", "shoe", "tap");

        var (code, report) = await Audit();
        Assert.Equal(0, code);
        Assert.Matches(@"(?m)^shoe +5 +4 +1 +0 +0\r?$", report);
        foreach (var promise in new[] { "P1", "P2", "P3", "P4", "P5", "P6", "P8" }) Assert.Matches($"(?m)^{promise} holds +[0-9]+ checks", report);
        Assert.EndsWith($"All promises hold.{Environment.NewLine}", report, StringComparison.Ordinal);

        Assert.Equal(0, await silo.Terminate());
        await Execute("DELETE FROM ledger_event WHERE ledger = 'stock/sku-shoe' AND seq = 2");
        (code, report) = await Audit();
        Assert.Equal(1, code);
        Assert.Contains("P8 BROKEN", report, StringComparison.Ordinal);
        Assert.Contains("BROKEN: P1, P2", report, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_directory_without_a_journal_is_named() => Assert.Contains(
        _directory.Path, (await Assert.ThrowsAsync<JournalUnusableException>(Audit)).Message, StringComparison.Ordinal);

    private async Task<(int Code, string Report)> Audit()
    {
        using var output = new StringWriter();
        return (await AuditCommand.Run(["--FlashSale:DataDirectory", _directory.Path], output), output.ToString());
    }

    private async Task Execute(string sql)
    {
        await using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = Path.Combine(_directory.Path, "flashsale.db"), Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync();
    }
}
