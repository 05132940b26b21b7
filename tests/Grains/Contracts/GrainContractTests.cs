using System.Collections.Immutable;
using System.Reflection;
using FlashSale.Contracts;
using Orleans;

namespace FlashSale.Grains.Tests.Contracts;

/// <summary>Everything that crosses a grain call is immutable and can be serialized by Orleans.</summary>
public class GrainContractTests
{
    private static readonly Type[] Interfaces = [.. typeof(IStockGrain).Assembly.GetTypes().Where(t => t.IsInterface && typeof(IGrain).IsAssignableFrom(t))];

    public static TheoryData<Type> Crossing() => new(Interfaces
        .SelectMany(i => i.GetMethods())
        .SelectMany(m => m.GetParameters().Select(p => p.ParameterType).Append(m.ReturnType))
        .SelectMany(Parts)
        .Concat(typeof(StockCommand).Assembly.GetTypes().Where(t => t.IsSubclassOf(typeof(StockCommand)) || t.IsSubclassOf(typeof(Exception))))
        .SelectMany(WithMembers)
        .Distinct());

    [Theory]
    [MemberData(nameof(Crossing))]
    public void Type_that_crosses_a_call_is_immutable_and_has_a_serializer(Type type)
    {
        Assert.True(type.IsDefined(typeof(GenerateSerializerAttribute)), "[GenerateSerializer] is missing");
        Assert.True(type.IsDefined(typeof(ImmutableAttribute)), "[Immutable] is missing");
        Assert.True(type.IsDefined(typeof(AliasAttribute)), "[Alias] is missing");
        foreach (var member in Stored(type))
        {
            Assert.True(member.IsDefined(typeof(IdAttribute)), $"[Id] is missing on {member.Name}");
            Assert.True(member.SetMethod is null || member.SetMethod.ReturnParameter.GetRequiredCustomModifiers().Length > 0, $"{member.Name} can be set");
        }

        Assert.Empty(type.GetFields(BindingFlags.Instance | BindingFlags.Public));
    }

    [Fact]
    public void Aliases_are_unique()
    {
        var aliases = typeof(IStockGrain).Assembly.GetTypes().SelectMany(t => t.GetCustomAttributesData())
            .Where(a => a.AttributeType == typeof(AliasAttribute)).Select(a => (string)a.ConstructorArguments[0].Value!).ToList();
        Assert.Equal(aliases.Distinct(), aliases);
    }

    [Fact]
    public void Every_grain_method_has_an_alias() =>
        Assert.Empty(Interfaces.SelectMany(i => i.GetMethods()).Where(m => !m.IsDefined(typeof(AliasAttribute))).Select(m => $"{m.DeclaringType!.Name}.{m.Name}"));

    private static IEnumerable<PropertyInfo> Stored(Type type) => typeof(Exception).IsAssignableFrom(type)
        ? []
        : type.GetProperties(BindingFlags.Instance | BindingFlags.Public | BindingFlags.DeclaredOnly)
            .Where(p => p.GetIndexParameters().Length == 0 && p.Name != "EqualityContract"
                && type.GetField($"<{p.Name}>k__BackingField", BindingFlags.Instance | BindingFlags.NonPublic) is not null);

    private static IEnumerable<Type> WithMembers(Type type) => Stored(type).SelectMany(p => Parts(p.PropertyType)).SelectMany(WithMembers).Prepend(type);

    // Enums, primitives and the containers that Orleans knows need no attributes.
    private static IEnumerable<Type> Parts(Type type)
    {
        if (type.IsGenericType) return type.GetGenericArguments().SelectMany(Parts);
        return type.Assembly == typeof(IStockGrain).Assembly && !type.IsEnum ? [type] : [];
    }
}
