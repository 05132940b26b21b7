using System.Collections.Immutable;
using System.Reflection;
using System.Text.Json;
using FlashSale.Contracts;
using FlashSale.Grains.Journal;
using FlashSale.Silo.Engine.Cluster;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Orleans;
using Orleans.Serialization;

namespace FlashSale.Silo.Tests.Cluster;

/// <summary>What crosses a call between processes arrives as it was sent.</summary>
public sealed class SerializationTests : IDisposable
{
    private readonly ServiceProvider _services = new ServiceCollection()
        .AddSerializer()
        .Configure<ExceptionSerializationOptions>(OrleansCluster.Tell)
        .BuildServiceProvider();

    private int _next;

    public static TheoryData<Type> Crossing() => new(typeof(IStockGrain).Assembly.GetTypes()
        .Where(t => t.IsDefined(typeof(GenerateSerializerAttribute)) && !t.IsAbstract && !typeof(Exception).IsAssignableFrom(t)));

    public void Dispose() => _services.Dispose();

    [Theory]
    [MemberData(nameof(Crossing))]
    public void Every_member_of_a_contract_survives(Type type)
    {
        var sent = Make(type)!;

        var received = RoundTrip<object>(sent);

        Assert.IsType(type, received);
        Assert.Equal(JsonSerializer.Serialize(sent, type), JsonSerializer.Serialize(received, type));
    }

    [Fact]
    public void A_command_survives_as_what_it_is()
    {
        StockCommand sent = new Expire(7);

        Assert.Equal(sent, RoundTrip(sent));
    }

    [Fact]
    public void A_failure_survives_with_causes_that_know_nothing_of_Orleans()
    {
        var server = new PostgresException("terminating connection", "FATAL", "FATAL", PostgresErrorCodes.AdminShutdown);
        var sent = new LedgerUnavailableException("The store cannot be reached.", new JournalRolledBackException("Nothing was done.", server));

        var received = RoundTrip<Exception>(sent);

        Assert.IsType<LedgerUnavailableException>(received);
        Assert.Equal(sent.Message, received.Message);
        Assert.Equal(sent.InnerException!.Message, Assert.IsType<JournalRolledBackException>(received.InnerException).Message);
        Assert.Contains("The store cannot be reached.", received.ToString(), StringComparison.Ordinal);
        Assert.IsType<LedgerOverloadedException>(RoundTrip<Exception>(new LedgerOverloadedException("The journal's queue is full.")));
    }

    private T RoundTrip<T>(T sent)
    {
        var serializer = _services.GetRequiredService<Serializer>();
        return serializer.Deserialize<T>(serializer.SerializeToArray(sent))!;
    }

    // Every value differs from every other one of its type, so that no two members can be mixed up unseen.
    private object? Make(Type type)
    {
        var n = ++_next;
        if (Nullable.GetUnderlyingType(type) is { } inner) return Make(inner);
        if (type == typeof(string)) return $"text {n}";
        if (type == typeof(int)) return n;
        if (type == typeof(long)) return 10_000_000_000L + n;
        if (type == typeof(ulong)) return ulong.MaxValue - (ulong)n;
        if (type == typeof(bool)) return true;
        if (type == typeof(DateTimeOffset)) return DateTimeOffset.UnixEpoch.AddMilliseconds(n);
        if (type == typeof(TimeSpan)) return TimeSpan.FromMilliseconds(n);
        if (type.IsEnum) return Enum.GetValues(type).GetValue(Enum.GetValues(type).Length - 1);
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ImmutableArray<>)) return MakeArray(type.GetGenericArguments()[0]);
        var constructor = type.GetConstructors().MaxBy(c => c.GetParameters().Length)!;
        return constructor.Invoke([.. constructor.GetParameters().Select(p => Make(p.ParameterType))]);
    }

    private object? MakeArray(Type item) => typeof(SerializationTests).GetMethod(nameof(Pair), BindingFlags.NonPublic | BindingFlags.Static)!
        .MakeGenericMethod(item).Invoke(null, [Make(item), Make(item)]);

    private static ImmutableArray<T> Pair<T>(T first, T second) => [first, second];
}
