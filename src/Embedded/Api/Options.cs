namespace Orleans.Configuration;

/// <summary>When idle activations are collected, and how long the two ends of an activation's life may take.</summary>
public class GrainCollectionOptions
{
    /// <summary>How long nobody must have called before an activation is collected. Default: 15 minutes.</summary>
    public TimeSpan CollectionAge { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>How often idle activations are looked for. Default: 1 minute.</summary>
    public TimeSpan CollectionQuantum { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>How long <see cref="Grain.OnActivateAsync"/> may take before the activation counts as failed. Default: 30 s.</summary>
    public TimeSpan ActivationTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long a deactivation may take before a successor proceeds without it: half of it for running requests, half for
    /// <see cref="Grain.OnDeactivateAsync"/>. Default: 30 s.
    /// </summary>
    public TimeSpan DeactivationTimeout { get; set; } = TimeSpan.FromSeconds(30);
}

/// <summary>How calls behave.</summary>
public abstract class MessagingOptions
{
    /// <summary>How long a caller waits for the answer, unless the method says otherwise. Default: 30 s.</summary>
    public TimeSpan ResponseTimeout { get; set; } = TimeSpan.FromSeconds(30);
}

/// <summary>How calls behave in a process that hosts grains.</summary>
public class SiloMessagingOptions : MessagingOptions;
