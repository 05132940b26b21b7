namespace FlashSale.Embedded;

/// <summary>A method of a grain interface.</summary>
internal abstract class GrainMethod(string name, RequestMode mode, TimeSpan? responseTimeout)
{
    internal string Name { get; } = name;

    internal RequestMode Mode { get; } = mode;

    /// <summary>What the method itself says; null for the engine's default.</summary>
    internal TimeSpan? ResponseTimeout { get; } = responseTimeout;
}

/// <summary>A method of a grain interface: its arguments are packed in a ValueTuple, and every shape of return value is a ValueTask.</summary>
internal sealed class GrainMethod<TArgs, TResult>(
    string name, RequestMode mode, TimeSpan? responseTimeout, Func<object, TArgs, ValueTask<TResult>> invoke,
    Func<TArgs, Func<object?, object?>, TArgs> copyArguments) : GrainMethod(name, mode, responseTimeout)
{
    internal Func<object, TArgs, ValueTask<TResult>> Invoke { get; } = invoke;

    /// <summary>Copies each argument by the function.</summary>
    internal Func<TArgs, Func<object?, object?>, TArgs> CopyArguments { get; } = copyArguments;
}

/// <summary>Brings the return values without a result into the common shape.</summary>
internal static class ReturnValues
{
    internal static ValueTask<Nothing> FromTask(Task task) => task.IsCompletedSuccessfully ? default : AwaitAsync(task);

    internal static ValueTask<Nothing> FromValueTask(ValueTask task)
    {
        if (!task.IsCompletedSuccessfully)
            return AwaitAsync(task.AsTask());
        task.GetAwaiter().GetResult();
        return default;
    }

    private static async ValueTask<Nothing> AwaitAsync(Task task)
    {
        await task;
        return default;
    }
}
