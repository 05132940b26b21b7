namespace Orleans;

/// <summary>The type crosses grain calls. Within one process nothing is serialized; clusters need it.</summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Struct | AttributeTargets.Enum)]
public sealed class GenerateSerializerAttribute : Attribute;

/// <summary>The stable number of a member on the wire.</summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Struct | AttributeTargets.Enum | AttributeTargets.Method
    | AttributeTargets.Property | AttributeTargets.Field | AttributeTargets.Parameter)]
public sealed class IdAttribute : Attribute
{
    /// <summary>A member's number, unique within its type.</summary>
    public IdAttribute(uint id) => Id = id;

    /// <summary>The number.</summary>
    public uint Id { get; }
}

/// <summary>The stable name of a type or method on the wire.</summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Struct | AttributeTargets.Enum | AttributeTargets.Method
    | AttributeTargets.Interface, AllowMultiple = true)]
public sealed class AliasAttribute : Attribute
{
    /// <summary>A name that outlives renaming.</summary>
    public AliasAttribute(string alias)
    {
        ArgumentNullException.ThrowIfNull(alias);
        Alias = alias;
    }

    /// <summary>The name.</summary>
    public string Alias { get; }
}

/// <summary>The value never changes, so grain calls need not copy it.</summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Struct | AttributeTargets.Property | AttributeTargets.Field
    | AttributeTargets.Parameter | AttributeTargets.ReturnValue, Inherited = false)]
public sealed class ImmutableAttribute : Attribute;

/// <summary>How long callers of an interface method wait for the answer.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ResponseTimeoutAttribute : Attribute
{
    /// <summary>A time-out in <see cref="TimeSpan.Parse(string)"/> syntax.</summary>
    public ResponseTimeoutAttribute(string timeout) => Timeout = TimeSpan.Parse(timeout);

    /// <summary>The time-out.</summary>
    public TimeSpan? Timeout { get; init; }
}
