using System.Reflection;
using Orleans;

namespace FlashSale.Embedded.Tests.Conformance
{
    /// <summary>What the embedded engine declares in Orleans' name must be Orleans', so that the same grains compile against both.</summary>
    public sealed class ConformanceTests
    {
        private static readonly string OrleansPath = Directory
            .EnumerateFiles(
                typeof(ConformanceTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(each => each.Key == "OrleansAbstractions").Value!,
                "Orleans.Core.Abstractions.dll",
                SearchOption.AllDirectories)
            .Single(path => path.Contains("net10.0", StringComparison.Ordinal));

        private static readonly Lazy<IReadOnlyDictionary<string, ApiType>> Orleans = new(() =>
        {
            var types = new Dictionary<string, ApiType>(ApiSurface.Read(OrleansPath));
            foreach (var type in HandCheckedTypes.All)
                types.Add(type.Name, type);
            return types;
        });

        [Fact]
        public void Everything_declared_in_Orleans_name_is_in_Orleans_and_shaped_the_same()
        {
            var embedded = ApiSurface.Read(typeof(Grain).Assembly.Location).Values.Where(type => IsOrleans(type.Name)).ToArray();
            Assert.True(embedded.Length > 40);
            var deviations = embedded.SelectMany(Deviations).ToArray();
            Assert.True(deviations.Length == 0, string.Join(Environment.NewLine, deviations));
        }

        [Fact]
        public void Every_other_public_type_is_in_the_engines_own_namespace() => Assert.Equal(
            [], ApiSurface.Read(typeof(Grain).Assembly.Location).Keys.Where(name => !IsOrleans(name) && !name.StartsWith("FlashSale.Embedded.", StringComparison.Ordinal)));

        [Fact]
        public void Hand_checked_types_are_all_in_use()
        {
            var embedded = ApiSurface.Read(typeof(Grain).Assembly.Location);
            Assert.Equal([], HandCheckedTypes.All.Select(type => type.Name).Where(name => !embedded.ContainsKey(name)));
        }

        [Theory]
        [InlineData("GrainExtensions", "declares 'public static System.String GetPrimaryKeyText(Orleans.Runtime.IAddressable grain)'")]
        [InlineData("GrainExtensions", "declares 'public static System.String GetPrimaryKeyString(Orleans.Runtime.IAddressable reference)'")]
        [InlineData("IGrainFactory", "declares 'public abstract !!0 GetGrain<any>(System.String primaryKey, System.String grainClassNamePrefix = null)'")]
        [InlineData("IGrainFactory", "declares 'public abstract System.Object GetGrain(System.Type grainInterfaceType, System.String grainPrimaryKey)'")]
        [InlineData("IGrainFactory", "implements Orleans.IGrain")]
        [InlineData("GrainTypeAttribute", "is 'sealed type : System.Attribute [usage Method]', should be 'sealed type : System.Attribute [usage Class]'")]
        [InlineData("DeactivationReasonCode", "declares 'public static Orleans.DeactivationReasonCode None = 7'")]
        [InlineData("NoSuchType", "is no type of Orleans")]
        public void A_wrong_declaration_is_reported(string type, string expected) =>
            Assert.Contains($"Orleans.{type}: {expected}", WrongSamples().SelectMany(Deviations));

        [Fact]
        public void A_right_declaration_beside_wrong_ones_is_not_reported() =>
            Assert.DoesNotContain(WrongSamples().SelectMany(Deviations), line => line.Contains("GetGrainId", StringComparison.Ordinal));

        private static IEnumerable<string> Deviations(ApiType type) =>
            Orleans.Value.TryGetValue(type.Name, out var real) ? type.DeviationsFrom(real) : [$"{type.Name}: is no type of Orleans"];

        private static bool IsOrleans(string name) =>
            name.StartsWith("Orleans.", StringComparison.Ordinal) || name.StartsWith("Microsoft.Extensions.Hosting.", StringComparison.Ordinal);

        // The samples below, as if they were declared in namespace Orleans.
        private static IEnumerable<ApiType> WrongSamples() => ApiSurface.Read(typeof(ConformanceTests).Assembly.Location).Values
            .Where(type => type.Name.StartsWith("WronglyOrleans.", StringComparison.Ordinal))
            .Select(type => type with
            {
                Name = type.Name["Wrongly".Length..],
                Members = type.Members.Select(member => member.Replace("WronglyOrleans", "Orleans", StringComparison.Ordinal)).ToHashSet(),
            });
    }
}

// Each has something wrong that the test above must notice.
namespace WronglyOrleans
{
    public enum DeactivationReasonCode : byte
    {
        None = 7,
    }

    public static class GrainExtensions
    {
        public static string GetPrimaryKeyText(this global::Orleans.Runtime.IAddressable grain) => $"{grain}";

        public static string GetPrimaryKeyString(this global::Orleans.Runtime.IAddressable reference) => $"{reference}";

        public static global::Orleans.Runtime.GrainId GetGrainId(this global::Orleans.Runtime.IAddressable grain) => default;
    }

    public interface IGrainFactory : global::Orleans.IGrain
    {
        TGrainInterface GetGrain<TGrainInterface>(string primaryKey, string? grainClassNamePrefix = null);

        object GetGrain(Type grainInterfaceType, string grainPrimaryKey);
    }

    [AttributeUsage(AttributeTargets.Method)]
    public sealed class GrainTypeAttribute : Attribute;

    public sealed class NoSuchType;
}
