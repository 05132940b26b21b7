using FlashSale.Embedded;

namespace Orleans.Runtime
{
    /// <summary>Addresses a grain. Two references are equal when they address the same grain.</summary>
    public class GrainReference : IAddressable, IEquatable<GrainReference>
    {
        private protected GrainReference(GrainId grainId) => GrainId = grainId;

        /// <summary>The grain that is addressed.</summary>
        public GrainId GrainId { get; }

        /// <summary>Both address the same grain.</summary>
        public static bool operator ==(GrainReference? reference1, GrainReference? reference2) =>
            reference1 is null ? reference2 is null : reference1.Equals(reference2);

        /// <summary>They address different grains.</summary>
        public static bool operator !=(GrainReference? reference1, GrainReference? reference2) => !(reference1 == reference2);

        /// <inheritdoc/>
        public bool Equals(GrainReference? other) => other is not null && GrainId.Equals(other.GrainId);

        /// <inheritdoc/>
        public override bool Equals(object? obj) => Equals(obj as GrainReference);

        /// <inheritdoc/>
        public override int GetHashCode() => GrainId.GetHashCode();

        /// <inheritdoc/>
        public sealed override string ToString() => $"GrainReference:{GrainId}";
    }
}

namespace Orleans
{
    using Orleans.Runtime;

    /// <summary>What a grain, or a reference to one, can say about its identity.</summary>
    public static class GrainExtensions
    {
        /// <summary>The id of the grain.</summary>
        /// <exception cref="ArgumentException">Neither a grain nor a reference.</exception>
        public static GrainId GetGrainId(this IAddressable grain) => grain switch
        {
            GrainReference reference => reference.GrainId,
            IGrainBase { GrainContext: { } context } => context.GrainId,
            null => throw new ArgumentNullException(nameof(grain)),
            _ => throw new ArgumentException($"{grain.GetType()} is neither a grain of an engine nor a grain reference.", nameof(grain)),
        };

        /// <summary>The key of the grain.</summary>
        public static string GetPrimaryKeyString(this IAddressable grain) => grain.GetGrainId().Key.ToString();

        /// <summary>A reference to the grain through another of its interfaces.</summary>
        public static TGrainInterface AsReference<TGrainInterface>(this IAddressable grain)
        {
            var engine = grain switch
            {
                GrainProxy proxy => proxy.Engine,
                IGrainBase { GrainContext: Activation activation } => activation.Engine,
                _ => throw new ArgumentException("Neither a grain of an engine nor a grain reference.", nameof(grain)),
            };
            return (TGrainInterface)(object)engine.GetReference(typeof(TGrainInterface), grain.GetGrainId());
        }
    }
}
