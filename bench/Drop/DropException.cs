namespace FlashSale.Drop;

/// <summary>The drop cannot be run or judged at all; the message says what happened and what to do. No finding about the server's promises.</summary>
internal sealed class DropException : Exception
{
    public DropException(string message)
        : base(message)
    {
    }

    public DropException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
