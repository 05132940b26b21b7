namespace Orleans;

/// <summary>Why an activation ends.</summary>
public readonly struct DeactivationReason
{
    /// <summary>A reason without an exception.</summary>
    public DeactivationReason(DeactivationReasonCode code, string text)
        : this(code, exception: null, text)
    {
    }

    /// <summary>A reason with the exception that caused it.</summary>
    public DeactivationReason(DeactivationReasonCode code, Exception? exception, string text)
    {
        ReasonCode = code;
        Exception = exception;
        Description = text;
    }

    /// <summary>For people.</summary>
    public string Description { get; }

    /// <summary>For programs.</summary>
    public DeactivationReasonCode ReasonCode { get; }

    /// <summary>What caused it, if an exception did.</summary>
    public Exception? Exception { get; }

    /// <inheritdoc/>
    public override string ToString() =>
        Exception is null ? $"{ReasonCode}: {Description}" : $"{ReasonCode}: {Description}. Exception: {Exception}";
}

/// <summary>Kinds of reasons why an activation ends. The numbers are Orleans'.</summary>
[GenerateSerializer]
public enum DeactivationReasonCode : byte
{
    /// <summary>No reason given.</summary>
    None,

    /// <summary>The process stops.</summary>
    ShuttingDown,

    /// <summary>Activation failed.</summary>
    ActivationFailed,

    /// <summary>The grain directory failed.</summary>
    DirectoryFailure,

    /// <summary>Nobody called for the collection age.</summary>
    ActivationIdle,

    /// <summary>The activation hangs.</summary>
    ActivationUnresponsive,

    /// <summary>Another activation of the grain was found.</summary>
    DuplicateActivation,

    /// <summary>A request needed another version of the interface.</summary>
    IncompatibleRequest,

    /// <summary>The grain failed.</summary>
    ApplicationError,

    /// <summary>The grain asked for it.</summary>
    ApplicationRequested,

    /// <summary>The grain moves.</summary>
    Migrating,

    /// <summary>The runtime asked for it.</summary>
    RuntimeRequested,

    /// <summary>Memory runs short.</summary>
    HighMemoryPressure,
}
