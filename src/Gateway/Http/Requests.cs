using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization;
using FlashSale.Contracts;

namespace FlashSale.Gateway.Http;

/// <summary>The bodies that clients send; each knows the ranges of API.md that its types do not say.</summary>
internal sealed record SessionRequest(string Code);

/// <summary>Asks for units.</summary>
internal sealed record HoldRequest(Sku Sku, int Quantity)
{
    public bool TryCheck([NotNullWhen(false)] out Problem? problem)
    {
        problem = Range.Of(Quantity, 1, 99, "quantity");
        return problem is null;
    }
}

/// <summary>Names and prices an article.</summary>
internal sealed record SkuRequest(string Name, Money Price)
{
    public bool TryCheck([NotNullWhen(false)] out Problem? problem)
    {
        problem = Range.OfText(Name, "name") ?? Range.OfPrice(Price, "price");
        return problem is null;
    }
}

/// <summary>Units arrive or leave.</summary>
internal sealed record AdjustmentRequest(long Delta, string Reason)
{
    public bool TryCheck([NotNullWhen(false)] out Problem? problem)
    {
        problem = Range.Of(Delta, -100_000_000, 100_000_000, "delta")
            ?? (Delta == 0 ? Problem.BadRequest("The member \"delta\" must not be 0: nothing would change.") : null)
            ?? Range.OfText(Reason, "reason");
        return problem is null;
    }
}

/// <summary>A SKU of a campaign.</summary>
internal sealed record CampaignSkuRequest(Sku Sku, long Units, Money? Price = null);

/// <summary>Configures a campaign.</summary>
internal sealed record CampaignRequest(
    string Name,
    string Mode,
    DateTimeOffset OpensAt,
    DateTimeOffset ClosesAt,
    int LimitPerShopper,
    int HoldSeconds,
    CampaignSkuRequest[] Skus)
{
    private static readonly TimeSpan LongestWindow = TimeSpan.FromDays(366);

    public bool TryCheck([NotNullWhen(true)] out CampaignConfig? config, [NotNullWhen(false)] out Problem? problem)
    {
        problem = Range.OfText(Name, "name")
            ?? (Mode == "flow" ? null : Problem.BadRequest("The member \"mode\" must be \"flow\": other modes are not available in this version."))
            ?? (OpensAt < ClosesAt ? null : Problem.BadRequest("The member \"closesAt\" must be later than \"opensAt\"."))
            ?? (ClosesAt - OpensAt <= LongestWindow ? null : Problem.BadRequest("The member \"closesAt\" must be at most 366 days after \"opensAt\"."))
            ?? Range.Of(LimitPerShopper, 1, 99, "limitPerShopper")
            ?? Range.Of(HoldSeconds, 1, 86_400, "holdSeconds")
            ?? CheckSkus();
        config = problem is not null ? null : new CampaignConfig(
            Name, Mode, OpensAt, ClosesAt, LimitPerShopper, HoldSeconds, [.. Skus.Select(s => new CampaignSku(s.Sku, s.Units, s.Price))]);
        return problem is null;
    }

    private Problem? CheckSkus()
    {
        if (Skus.Length is < 1 or > 200) return Problem.BadRequest("The member \"skus\" must have 1 to 200 elements.");
        var seen = new HashSet<Sku>();
        for (var i = 0; i < Skus.Length; i++)
        {
            if (Skus[i] is not { } sku) return Problem.BadRequest($"The member \"skus[{i}]\" must not be null: give it a value.");
            var wrong = Range.Of(sku.Units, 0, 100_000_000, $"skus[{i}].units")
                ?? (sku.Price is null ? null : Range.OfPrice(sku.Price, $"skus[{i}].price"))
                ?? (seen.Add(sku.Sku) ? null : Problem.BadRequest($"The member \"skus[{i}].sku\" repeats {sku.Sku}: list each SKU once."));
            if (wrong is not null) return wrong;
        }

        return null;
    }
}

/// <summary>Checks that answer null where all is well.</summary>
internal static class Range
{
    public static Problem? Of(long value, long least, long most, string member) =>
        value >= least && value <= most ? null : Problem.BadRequest($"The member \"{member}\" must be from {least} to {most}.");

    /// <summary>1-200 characters for people to read. Characters are code points; control characters, NUL among them, are none.</summary>
    public static Problem? OfText(string text, string member)
    {
        var characters = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            if (System.Text.Rune.IsControl(rune)) return Problem.BadRequest($"The member \"{member}\" must not contain control characters.");
            characters++;
        }

        return characters is >= 1 and <= 200 ? null : Problem.BadRequest($"The member \"{member}\" must have 1 to 200 characters.");
    }

    public static Problem? OfPrice(Money price, string member) =>
        Of(price.Amount, 0, 1_000_000_000_000, $"{member}.amount")
        ?? (price.Currency is { Length: 3 } currency && !currency.AsSpan().ContainsAnyExceptInRange('A', 'Z')
            ? null
            : Problem.BadRequest($"The member \"{member}.currency\" must be three capital letters, for example \"CNY\"."));
}

/// <summary>How the bodies are read: nothing unknown, nothing twice, nothing missing, nothing null, nothing converted.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    PropertyNameCaseInsensitive = false,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    AllowDuplicateProperties = false,
    RespectRequiredConstructorParameters = true,
    RespectNullableAnnotations = true,
    NumberHandling = JsonNumberHandling.Strict,
    ReadCommentHandling = JsonCommentHandling.Disallow,
    AllowTrailingCommas = false,
    MaxDepth = 8,
    GenerationMode = JsonSourceGenerationMode.Metadata,
    Converters = [typeof(TimeJsonConverter)])]
[JsonSerializable(typeof(SessionRequest))]
[JsonSerializable(typeof(HoldRequest))]
[JsonSerializable(typeof(SkuRequest))]
[JsonSerializable(typeof(AdjustmentRequest))]
[JsonSerializable(typeof(CampaignRequest))]
internal sealed partial class RequestJson : JsonSerializerContext;
