namespace Orleans.Runtime;

/// <summary>Identifies a grain in its cluster: the type of grain and the key within it.</summary>
[GenerateSerializer, Immutable]
public readonly struct GrainId : IEquatable<GrainId>, IComparable<GrainId>
{
    /// <summary>The id of one grain.</summary>
    public GrainId(GrainType type, IdSpan key)
    {
        Type = type;
        Key = key;
    }

    /// <summary>The type of grain.</summary>
    public GrainType Type { get; }

    /// <summary>The key within the type.</summary>
    public IdSpan Key { get; }

    /// <summary>Whether this is the value of an uninitialized field.</summary>
    public bool IsDefault => Type.IsDefault && Key.IsDefault;

    /// <summary>The id of one grain, from text.</summary>
    public static GrainId Create(string type, string key) => Create(GrainType.Create(type), key);

    /// <summary>The id of one grain of a known type.</summary>
    /// <exception cref="ArgumentException">The key is empty or white space.</exception>
    public static GrainId Create(GrainType type, string key)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(key);
        return new(type, IdSpan.Create(key));
    }

    /// <summary>The id of one grain.</summary>
    public static GrainId Create(GrainType type, IdSpan key) => new(type, key);

    /// <summary>Equal type and key.</summary>
    public static bool operator ==(GrainId left, GrainId right) => left.Equals(right);

    /// <summary>Another type or key.</summary>
    public static bool operator !=(GrainId left, GrainId right) => !left.Equals(right);

    /// <inheritdoc/>
    public bool Equals(GrainId other) => Key.Equals(other.Key) && Type.Equals(other.Type);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is GrainId other && Equals(other);

    /// <inheritdoc/>
    /// <remarks>The same in every process, so that a simulation repeats.</remarks>
    public override int GetHashCode() => Type.GetHashCode() * 31 + Key.GetHashCode();

    /// <inheritdoc/>
    public int CompareTo(GrainId other)
    {
        var byType = Type.CompareTo(other.Type);
        return byType != 0 ? byType : Key.CompareTo(other.Key);
    }

    /// <summary><c>type/key</c>.</summary>
    public override string ToString() => $"{Type}/{Key}";
}

/// <summary>Names a type of grain.</summary>
[GenerateSerializer, Immutable]
public readonly struct GrainType : IEquatable<GrainType>, IComparable<GrainType>
{
    /// <summary>The type with this name.</summary>
    public GrainType(IdSpan id) => Value = id;

    /// <summary>The name.</summary>
    public IdSpan Value { get; }

    /// <summary>Whether this is the value of an uninitialized field.</summary>
    public bool IsDefault => Value.IsDefault;

    /// <summary>The type with this name.</summary>
    public static GrainType Create(string value)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(value);
        return new(IdSpan.Create(value));
    }

    /// <summary>Equal names.</summary>
    public static bool operator ==(GrainType left, GrainType right) => left.Equals(right);

    /// <summary>Different names.</summary>
    public static bool operator !=(GrainType left, GrainType right) => !left.Equals(right);

    /// <inheritdoc/>
    public bool Equals(GrainType obj) => Value.Equals(obj.Value);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is GrainType other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => Value.GetHashCode();

    /// <inheritdoc/>
    public int CompareTo(GrainType other) => Value.CompareTo(other.Value);

    /// <summary>The name.</summary>
    public override string ToString() => Value.ToString();
}

/// <summary>A part of a grain id, compared by ordinal.</summary>
[GenerateSerializer, Immutable]
public readonly struct IdSpan : IEquatable<IdSpan>, IComparable<IdSpan>
{
    // Text and its hash, taken once: ids are hashed on every call.
    private readonly string? _text;
    private readonly int _hash;

    private IdSpan(string text)
    {
        _text = text;
        var hash = 2166136261u;
        foreach (var c in text)
            hash = (hash ^ c) * 16777619u;
        _hash = (int)hash;
    }

    /// <summary>Whether this is empty.</summary>
    public bool IsDefault => string.IsNullOrEmpty(_text);

    /// <summary>The part with this text.</summary>
    public static IdSpan Create(string id) => new(id);

    /// <summary>Equal texts.</summary>
    public static bool operator ==(IdSpan left, IdSpan right) => left.Equals(right);

    /// <summary>Different texts.</summary>
    public static bool operator !=(IdSpan left, IdSpan right) => !left.Equals(right);

    /// <inheritdoc/>
    public bool Equals(IdSpan obj) => _hash == obj._hash && string.Equals(_text, obj._text, StringComparison.Ordinal);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is IdSpan other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => _hash;

    /// <inheritdoc/>
    public int CompareTo(IdSpan other) => string.CompareOrdinal(_text, other._text);

    /// <summary>The text.</summary>
    public override string ToString() => _text ?? "";
}
