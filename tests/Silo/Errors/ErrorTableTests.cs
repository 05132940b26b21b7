using System.Globalization;
using System.Reflection;
using FlashSale.Gateway.Http;
using FlashSale.Testing;
using Npgsql;

namespace FlashSale.Silo.Tests.Errors;

/// <summary>The contract's table of errors over HTTP, each row by a real cause.</summary>
public sealed class ErrorTableTests(SharedShop shared) : IClassFixture<SharedShop>
{
    public static TheoryData<string> Stories => [.. Causes.All.Select(cause => cause.ToString())];

    [Theory]
    [MemberData(nameof(Stories))]
    public async Task Error_is_reached(string story)
    {
        var cause = Causes.All.Single(c => c.ToString() == story);
        await using var own = cause.Settings.Length > 0 ? await Shop.Start(cause.Settings) : null;
        var shop = own ?? shared.Shop;
        var scene = new Scene(shop, $"cause{Causes.All.ToList().IndexOf(cause)}");
        ErrorAssert.IsProblem(cause.Stage, cause.Code, await cause.Act(scene));
        Assert.Empty(shop.Bugs.Errors);
    }

    [Fact]
    public void Every_row_is_reached_or_waits_for_a_feature()
    {
        var reached = Causes.All.Select(c => (c.Stage, c.Code)).Append(PostgresErrorTests.Row).ToHashSet();
        Assert.Empty(reached.Intersect(ErrorRow.Waiting.Keys));
        Assert.Equal(ErrorRow.All.Select(r => (r.Stage, r.Code)).Order(), reached.Union(ErrorRow.Waiting.Keys).Order());
    }

    [Fact]
    public void The_product_knows_the_codes_of_the_table_and_no_other()
    {
        var kinds = typeof(ProblemKind).GetFields(BindingFlags.Static | BindingFlags.Public).Select(f => f.GetValue(null)).OfType<ProblemKind>();
        Assert.Equal(
            ErrorRow.All.Select(r => (r.Code, r.Status)).Distinct().Order(),
            kinds.Select(k => (k.Code, k.Status)).Order());
    }
}

/// <summary>The row that needs a store which can be out of reach.</summary>
[Collection(PostgresTests.Name)]
public sealed class PostgresErrorTests(PostgresCluster cluster)
{
    public static readonly (string Stage, string Code) Row = ("any", "unavailable");

    [Fact]
    public async Task Calls_are_unavailable_while_the_store_is_out_of_reach_and_their_repeats_tell()
    {
        var connection = new NpgsqlConnectionStringBuilder(await cluster.NewSchema());
        var server = connection.Port;
        await using var network = new TcpProxy(server);
        connection.Port = network.Port;
        await using var shop = await Shop.Start(["--ConnectionStrings:FlashSale", connection.ConnectionString], []);
        var scene = new Scene(shop, "drop");
        await scene.Open();
        var token = await scene.Token();

        network.IsDown = true;
        var hold = await scene.Hold(token, "tap");
        var adjust = await scene.Adjust(scene.Bag, 3, "count");
        ErrorAssert.IsProblem(Row.Stage, Row.Code, hold);
        ErrorAssert.IsProblem(Row.Stage, Row.Code, adjust);
        ErrorAssert.IsProblem(Row.Stage, Row.Code, await shop.Api.Admin(HttpMethod.Get, "audit"));
        ErrorAssert.IsProblem(Row.Stage, Row.Code, await shop.Api.Admin(HttpMethod.Get, "skus"));

        network.IsDown = false;
        Assert.Equal(201, (int)(await Until(() => scene.Hold(token, "tap"))).Status);
        Assert.Equal(8, (int)(await Until(() => scene.Adjust(scene.Bag, 3, "count"))).Json!["received"]!);
        Assert.Equal(4, (int)(await shop.Api.Sku(scene.Shoe))["available"]!);
        await shop.Api.AssertAuditHolds();
        Assert.DoesNotContain(shop.Bugs.Errors, error => error.Contains("bug", StringComparison.Ordinal));
    }

    // The answer is the signal: a repeat with the same key, as the contract says, until the outcome is known.
    private static async Task<Answer> Until(Func<Task<Answer>> ask)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (true)
        {
            var answer = await ask();
            if (answer.Code != "unavailable") return answer;
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, patience.Token);
        }
    }
}

/// <summary>What every error must look like.</summary>
internal static class ErrorAssert
{
    public static void IsProblem(string stage, string code, Answer answer)
    {
        var row = ErrorRow.All.Single(r => r.Stage == stage && r.Code == code);
        Assert.Equal((row.Code, row.Status), (answer.Code, (int)answer.Status));
        Assert.Equal("application/problem+json", answer.Header("Content-Type"));
        Assert.Equal(row.Status, (int)answer.Json!["status"]!);
        Assert.NotEmpty((string)answer.Json["title"]!);
        Assert.NotEmpty((string)answer.Json["detail"]!);
        AssertMembers(answer, ErrorRow.MembersOf(code).Split(' ', StringSplitOptions.RemoveEmptyEntries));

        var wait = (long?)answer.Json["retryAfterMs"];
        Assert.Equal(wait is null ? null : ((wait + 999) / 1000).Value.ToString(CultureInfo.InvariantCulture), answer.Header("Retry-After"));
        Assert.True(wait is null or > 0);
        Assert.Equal(code == "unauthenticated", answer.Header("WWW-Authenticate") == "Bearer");
        Assert.Equal(code == "method_not_allowed", answer.Header("Allow") is { Length: > 0 });
    }

    private static void AssertMembers(Answer answer, string[] special)
    {
        string[] common = ["status", "title", "code", "detail"];
        var members = answer.Json!.AsObject().Select(m => m.Key).ToArray();
        Assert.Empty(members.Except([.. common, .. special.Select(m => m.TrimEnd('?'))]));
        Assert.Empty(common.Concat(special.Where(m => !m.EndsWith('?'))).Except(members));
    }
}
