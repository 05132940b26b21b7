namespace Orleans;

/// <summary>What Orleans adds to tasks.</summary>
public static class PublicOrleansTaskExtensions
{
    /// <summary>Nobody waits for the task: its failure is observed, so that it is not reported as unobserved.</summary>
    public static void Ignore(this Task task)
    {
        ArgumentNullException.ThrowIfNull(task);
        if (!task.IsCompletedSuccessfully)
            _ = task.ContinueWith(static t => _ = t.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }
}
