namespace Orleans.Runtime;

/// <summary>Base of the engine's own failures. What a grain throws reaches the caller as it is.</summary>
[GenerateSerializer]
public class OrleansException : Exception
{
    /// <summary>A failure that nobody described.</summary>
    public OrleansException()
        : base("Unexpected error.")
    {
    }

    /// <summary>A described failure.</summary>
    public OrleansException(string message)
        : base(message)
    {
    }

    /// <summary>A described failure with its cause.</summary>
    public OrleansException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}

/// <summary>The engine could not deliver a call.</summary>
[GenerateSerializer]
public class OrleansMessageRejectionException : OrleansException
{
    internal OrleansMessageRejectionException(string message)
        : base(message)
    {
    }

    internal OrleansMessageRejectionException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}

/// <summary>The process that should serve a call has not started, is stopping, or is gone. Whether an accepted call took effect is unknown.</summary>
[GenerateSerializer]
public sealed class SiloUnavailableException : OrleansMessageRejectionException
{
    /// <summary>Without details.</summary>
    public SiloUnavailableException()
        : base("Silo unavailable")
    {
    }

    /// <summary>With details.</summary>
    public SiloUnavailableException(string msg)
        : base(msg)
    {
    }

    /// <summary>With details and a cause.</summary>
    public SiloUnavailableException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}

/// <summary>The set-up is wrong; the process cannot start with it.</summary>
[GenerateSerializer]
public sealed class OrleansConfigurationException : Exception
{
    /// <summary>What is wrong.</summary>
    public OrleansConfigurationException(string message)
        : base(message)
    {
    }

    /// <summary>What is wrong and why.</summary>
    public OrleansConfigurationException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
