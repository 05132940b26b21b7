using FlashSale.Drop.Hosting;

namespace FlashSale.Drop.Tests;

/// <summary>The driver as the script calls it, with a server as a child process.</summary>
public sealed class OwnServerTests
{
    static readonly string[] SmallDrop = ["--stock", "20", "--shoppers", "100", "--connections", "4", "--closed"];

    [Fact]
    public async Task A_whole_drop_starts_and_stops_its_server()
    {
        var (code, output, errors) = await RunAsync([.. SmallDrop, "--server", FakeServerCommand()]);
        Assert.Equal((App.Ok, ""), (code, errors));
        Assert.EndsWith("OK", output.TrimEnd(), StringComparison.Ordinal);
        Assert.Contains("nothing odd", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task JSON_can_have_the_standard_output_for_itself_and_a_report_a_file()
    {
        var report = Path.GetTempFileName();
        var (code, output, errors) = await RunAsync([.. SmallDrop, "--server", FakeServerCommand(), "--json", "-", "--report", report]);
        Assert.Equal(App.Ok, code);
        Assert.True(System.Text.Json.JsonDocument.Parse(output).RootElement.GetProperty("ok").GetBoolean());
        Assert.EndsWith("OK", errors.TrimEnd(), StringComparison.Ordinal);
        Assert.StartsWith("<!DOCTYPE html>", await File.ReadAllTextAsync(report), StringComparison.Ordinal);
        File.Delete(report);
    }

    [Fact]
    public async Task A_server_that_ends_badly_is_a_difference()
    {
        var (code, output, _) = await RunAsync([.. SmallDrop, "--server", FakeServerCommand() + " 3"]);
        Assert.Equal(App.Failed, code);
        Assert.Contains("exit code 3 after SIGTERM", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_does_not_start_says_its_last_words()
    {
        var (code, _, errors) = await RunAsync(["--server", "sh -c 'echo the disk is full; exit 3'"]);
        Assert.Equal(App.Failed, code);
        Assert.Contains("the disk is full", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_command_that_is_none_is_named()
    {
        var (code, _, errors) = await RunAsync(["--server", "/no/such/program"]);
        Assert.Equal(App.Failed, code);
        Assert.Contains("does not start with '/no/such/program'", errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--stock 0", "--stock must be 1-1000000")]
    [InlineData("--bogus", "--bogus")]
    [InlineData("--stock many", "many")]
    [InlineData("--url https://shop --admin-key k", "no https")]
    [InlineData("--url http://shop", "--admin-key")]
    [InlineData("--tokens t.txt", "--tokens needs --url")]
    [InlineData("--hold-seconds 60", "must outlast the run")]
    [InlineData("--allow sold_out", "not 'sold_out'")]
    [InlineData("--url http://shop --admin-key-file /no/such/file", "no such file")]
    [InlineData("--url http://shop --admin-key k --url shop", "not 'shop'")]
    [InlineData("--url http://shop --admin-key k --postgres", "exclude each other")]
    [InlineData("--processes 2", "--processes needs --postgres")]
    [InlineData("--processes 9 --postgres", "--processes must be 1-8")]
    [InlineData("--kill postgres", "needs --postgres")]
    [InlineData("--kill cat", "not 'cat'")]
    [InlineData("--closed --rate 5", "--closed has no arrivals")]
    [InlineData("--curve flat", "not 'flat'")]
    [InlineData("--rate 0", "--rate must be 1-1000000")]
    [InlineData("--ramp -1", "--ramp must be 0-600")]
    [InlineData("--tail 0", "--tail must be 1-3600")]
    [InlineData("--curve spike --rate 5 --tail 5", "--rate and --tail exclude each other")]
    [InlineData("--rate 5 --tail 5", "--tail is for --curve spike")]
    [InlineData("--curve spike --rate 1000 --ramp 60 --shoppers 100", "the ramp alone would take more than 100 shoppers")]
    [InlineData("--rate 1 --shoppers 10000", "more than the arrivals (10000 s)")]
    [InlineData("--json /no/such/directory/x.json", "--json /no/such/directory/x.json: no such directory")]
    [InlineData("--url http://shop --admin-key k --tokens t --report r.html", "nothing for --json and --report to tell")]
    public async Task Bad_options_end_with_2_and_say_why(string line, string reason)
    {
        var (code, _, errors) = await RunAsync(line.Split(' '));
        Assert.Equal(App.BadOptions, code);
        Assert.Contains(reason, errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("dotnet x.dll", "dotnet|x.dll")]
    [InlineData("  a   \"b c\"d '' ", "a|b cd|")]
    [InlineData("sh -c 'echo \"x\"'", "sh|-c|echo \"x\"")]
    public void A_command_is_split_into_words(string command, string words) => Assert.Equal(words, string.Join('|', CommandLine.Split(command)));

    internal static string FakeServerCommand() => $"dotnet \"{typeof(FakeServer).Assembly.Location}\"";

    internal static void RemoveKept(string errors)
    {
        const string Kept = "kept in ";
        foreach (var line in errors.Split(Environment.NewLine).Where(line => line.Contains(Kept, StringComparison.Ordinal)))
            Directory.Delete(line[(line.IndexOf(Kept, StringComparison.Ordinal) + Kept.Length)..], recursive: true);
    }

    static async Task<(int Code, string Output, string Errors)> RunAsync(string[] args)
    {
        var (output, errors) = (new StringWriter(), new StringWriter());
        var code = await App.RunAsync(args, output, errors);
        RemoveKept(errors.ToString());
        return (code, output.ToString(), errors.ToString());
    }
}
