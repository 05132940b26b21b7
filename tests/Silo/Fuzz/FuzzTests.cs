using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using FlashSale.Contracts;
using FlashSale.Gateway.OpenApi;
using FlashSale.Silo.Tests.BadInput;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.FSharp.Core;

namespace FlashSale.Silo.Tests.Fuzz;

/// <summary>
/// Requests that are almost right, by the thousand: each is answered as the contract allows, what is refused changes nothing, and the server goes on
/// selling. The usual run has one seed, the long one another each time. A failure names its seed; <c>FUZZ_SEED</c> runs it again, <c>FUZZ_CASES</c> runs more.
/// </summary>
public sealed class FuzzTests(Xunit.Abstractions.ITestOutputHelper output)
{
    private const int Cases = 3000;
    private const ulong Seed = 20261128;
    private const int ManyCases = 30_000;

    private static readonly HashSet<string> Usual =
        ["200 ", "201 ", "400 bad_request", "401 unauthenticated", "404 not_found", "405 method_not_allowed", "409 conflict", "415 unsupported_media_type"];

    // The server waits for all of a body that was announced; what follows the request ends every wait, and is no request.
    private static readonly byte[] Filler = [.. "\r\n\r\n"u8, .. Enumerable.Repeat((byte)' ', 20_000), .. "\r\n\r\n"u8];

    private readonly ConcurrentDictionary<string, int> _answers = new();
    private (long Events, string Figures) _seen;

    [Fact]
    public Task Almost_right_requests_are_answered_as_the_contract_allows_and_change_nothing_unless_accepted() => Fuzz(Seed, Cases);

    [Fact]
    [Trait("Tier", "Long")]
    public Task So_are_ten_times_as_many_that_nobody_has_tried_before() => Fuzz(BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(8)), ManyCases);

    private async Task Fuzz(ulong usualSeed, int usualCases)
    {
        var fixture = new BadInputShop();
        await fixture.InitializeAsync();
        await fixture.Shop.Api.MakeSku("kept", 1);
        await Api.Expect(fixture.Shop.Api.PutCampaign("kept", skus: ("kept", 1)));
        _seen = (fixture.Shop.Events(), await Figures(fixture.Shop));
        try
        {
            Run(fixture, usualSeed, usualCases);
            await AssertSells(fixture.Shop);
        }
        finally
        {
            await fixture.DisposeAsync();
        }

        foreach (var (answer, times) in _answers.OrderByDescending(a => a.Value)) output.WriteLine($"{times,6} {answer}");
        Assert.Subset(_answers.Keys.ToHashSet(), Usual); // Else the requests are all wrong in the same way.
    }

    private void Run(BadInputShop fixture, ulong usualSeed, int usualCases)
    {
        var seed = Environment.GetEnvironmentVariable("FUZZ_SEED") is { Length: > 0 } given
            ? ulong.Parse(given, CultureInfo.InvariantCulture)
            : usualSeed;
        var cases = Environment.GetEnvironmentVariable("FUZZ_CASES") is { Length: > 0 } more ? int.Parse(more, CultureInfo.InvariantCulture) : usualCases;
        // A campaign that is closed or frozen refuses all that comes after.
        var calls = ApiCall.All.Where(c => !c.Path.EndsWith("/close", StringComparison.Ordinal) && !c.Path.EndsWith("/freeze", StringComparison.Ordinal)).Select(c => $"{c.Method} {c.Path}").ToArray();
        var withBody = ApiCall.All.Where(c => c.Body is not null).Select(c => $"{c.Method} {c.Path}").ToArray();
        var property = Prop.ForAll(Arb.From(Generators.Cases(calls, withBody), Generators.Shrink), fuzz => Check(fixture, fuzz));
        var replay = FSharpOption<Replay>.Some(new Replay(new Rnd(seed), FSharpOption<int>.None));
        try
        {
            FsCheck.Check.One(Config.QuickThrowOnFailure.WithMaxTest(cases).WithReplay(replay).WithQuietOnSuccess(true), property);
        }
        catch (Exception failure)
        {
            throw new InvalidOperationException($"FUZZ_SEED={seed} FUZZ_CASES={cases} runs this again. {failure.Message}", failure);
        }
    }

    private async Task Check(BadInputShop fixture, FuzzCase fuzz)
    {
        var shop = fixture.Shop;
        var request = fixture.Fill(fuzz.Request);
        var answer = await Raw.Send(shop.Url, [.. request.Bytes, .. Filler]);
        _answers.AddOrUpdate($"{answer.Status} {answer.Code}", 1, (_, times) => times + 1);
        var wrong = Judge.Of(request, answer) ?? await WhatChanged(shop, answer) ?? (shop.Bugs.Errors.TryDequeue(out var bug) ? $"logged: {bug}" : null);
        if (wrong is not null) throw new InvalidOperationException($"{wrong}\n{answer.Status} {answer.Body}\n--- {fuzz}");
    }

    // Input that is refused leaves no event. What the state refuses may leave some, of a hold that was given back at once, but no other figures.
    private async Task<string?> WhatChanged(Shop shop, RawAnswer answer)
    {
        var before = _seen;
        var events = shop.Events();
        if (events == before.Events) return null;
        _seen = (events, await Figures(shop));
        if (Judge.IsOfInput(answer)) return $"refused, and the ledgers have grown from {before.Events} to {events} events";
        return answer.Status is >= 200 and < 300 || before.Figures == _seen.Figures ? null : $"refused, and the figures have changed from {before.Figures} to {_seen.Figures}";
    }

    private static async Task<string> Figures(Shop shop) => string.Join(", ", await Task.WhenAll(new[] { "shoe", "bag" }.Select(async sku =>
    {
        var view = await shop.Service<Orleans.IGrainFactory>().Stock(new Sku(sku)).View();
        return $"{sku} {view.Received} {view.Available} {view.Held} {view.Sold} {view.Withdrawn}";
    })));

    private static async Task AssertSells(Shop shop)
    {
        var mei = await shop.Api.Login("after-all");
        await Api.Expect(shop.Api.Hold(mei, "kept", "kept", "tap"), HttpStatusCode.Created);
        Assert.Equal("sold_out", (await shop.Api.Hold(await shop.Api.Login("too-late"), "kept", "kept", "tap")).Code);
        await shop.Api.AssertAuditHolds();
    }
}
