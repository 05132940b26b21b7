namespace FlashSale.Grains.Journal;

/// <summary>
/// Keeps a data directory to one process. With two of them on one file, each would answer from its own memory between the other's groups;
/// the fence would still hold, but nothing would get done. The operating system frees the lock however the process ends.
/// </summary>
internal sealed class DirectoryLock : IDisposable
{
    public const string FileName = "flashsale.lock";

    readonly FileStream _file;

    DirectoryLock(FileStream file) => _file = file;

    /// <exception cref="JournalUnusableException">Another process has it, or the directory cannot be written.</exception>
    public static DirectoryLock Take(string directory)
    {
        var path = Path.Combine(directory, FileName);
        try
        {
            Directory.CreateDirectory(directory);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new JournalUnusableException($"The data directory {directory} cannot be made: {e.Message} Choose another one.", e);
        }
        var opened = TryOpen(path, out var refusal) ?? throw Unusable(directory, path, refusal);
        if (TryOpen(path, out _) is { } second)
        {
            // Locks can be switched off (DOTNET_SYSTEM_IO_DISABLEFILELOCKING) or missing in the file system; both fail silently.
            second.Dispose();
            opened.Dispose();
            throw new JournalUnusableException($"File locks do not work in {directory}: use a local file system with locking switched on.");
        }
        return new DirectoryLock(opened);
    }

    public void Dispose() => _file.Dispose();

    static FileStream? TryOpen(string path, out Exception? refusal)
    {
        try
        {
            refusal = null;
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            refusal = e;
            return null;
        }
    }

    static JournalUnusableException Unusable(string directory, string path, Exception? refusal) => refusal is IOException && File.Exists(path)
        ? new($"The data directory {directory} is in use by another process: stop that one or choose another directory.", refusal)
        : new($"The data directory {directory} cannot be written: {refusal?.Message} Make it writable or choose another one.", refusal);
}
