namespace Orleans.Concurrency;

/// <summary>The method of a grain interface may start at any turn, also while other requests of the grain await.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class AlwaysInterleaveAttribute : Attribute;

/// <summary>The method of a grain interface changes nothing: such requests interleave with each other, not with others.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ReadOnlyAttribute : Attribute;

/// <summary>Every method of the grain class may interleave.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class ReentrantAttribute : Attribute;
