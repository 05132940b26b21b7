namespace FlashSale.Simulation.Tests;

/// <summary>One step of a SKU's history that took effect at one moment between two.</summary>
/// <param name="What">For people.</param>
/// <param name="From">Not before.</param>
/// <param name="To">Not after; the greatest time there is where the outcome is unknown.</param>
/// <param name="Seq">Its place among all steps that changed the shelf, where somebody was told it.</param>
/// <param name="Step">The shelf after it; the same one where it changes nothing; null where it is not possible.</param>
internal sealed record LinearOp(object What, TimeSpan From, TimeSpan To, long? Seq, Func<ModelShelf, ModelShelf?> Step);
