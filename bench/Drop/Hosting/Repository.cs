namespace FlashSale.Drop.Hosting;

/// <summary>Files of the repository around this program, or around the working directory.</summary>
internal static class Repository
{
    const string Silo = "src/Silo/bin/Release/net10.0/FlashSale.Silo.dll", PostgresScript = "eng/postgres";

    public static string ServerCommand() =>
        Find(Silo) is { } dll
            ? $"dotnet \"{dll}\""
            : throw new DropException($"No {Silo} here. Build it (dotnet build -c Release src/Silo), or give --server COMMAND or --url URL.");

    public static string Postgres() => Find(PostgresScript) ?? throw new DropException($"No {PostgresScript} here: --postgres works within the repository.");

    static string? Find(string path)
    {
        foreach (var start in new[] { AppContext.BaseDirectory, Directory.GetCurrentDirectory() })
            for (var directory = new DirectoryInfo(start); directory is not null; directory = directory.Parent)
                if (Path.Combine(directory.FullName, path) is var file && File.Exists(file))
                    return file;
        return null;
    }
}
