using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace FlashSale.Gateway.Sessions;

/// <summary>The secrets of the gateway.</summary>
/// <param name="AdminKey">What operators send.</param>
/// <param name="TokenKey">Signs and verifies session tokens.</param>
/// <param name="TokenKeyPrevious">Still verifies them; null outside of a rotation.</param>
/// <param name="AdminKeyFile">Where Development keeps the operators' key that it made; null for a configured one.</param>
internal sealed record GatewayKeys(string AdminKey, byte[] TokenKey, byte[]? TokenKeyPrevious, string? AdminKeyFile)
{
    /// <summary>A shorter key could be guessed; Development does not mind.</summary>
    public const int MinLength = 16;

    public const int MaxLength = 512;

    /// <summary>Reads the keys. Development makes missing ones and keeps them in the data directory.</summary>
    /// <exception cref="GatewayConfigurationException">A key is missing, unfit, or cannot be kept.</exception>
    public static GatewayKeys Read(IConfiguration configuration, IHostEnvironment environment, GatewayOptions options)
    {
        var section = configuration.GetSection("FlashSale");
        var development = environment.IsDevelopment();
        var least = development ? 1 : MinLength;
        var adminKey = Configured(section, "AdminKey", least);
        var tokenKey = Configured(section, "TokenKey", least);
        var previous = Configured(section, "TokenKeyPrevious", least);
        if (!development && (adminKey is null || tokenKey is null))
        {
            var missing = string.Join(" and ", new[] { adminKey is null ? "FlashSale__AdminKey" : null, tokenKey is null ? "FlashSale__TokenKey" : null }.OfType<string>());
            throw new GatewayConfigurationException(
                $"{missing} missing: set {(missing.Contains(' ', StringComparison.Ordinal) ? "each" : "it")} to at least {MinLength} random characters (openssl rand -base64 32), or start with ASPNETCORE_ENVIRONMENT=Development.");
        }

        var directory = Path.GetFullPath(options.DataDirectory);
        var adminKeyFile = Path.Combine(directory, "admin.key");
        return new GatewayKeys(
            adminKey ?? Kept(adminKeyFile),
            Encoding.UTF8.GetBytes(tokenKey ?? Kept(Path.Combine(directory, "token.key"))),
            previous is null ? null : Encoding.UTF8.GetBytes(previous),
            adminKey is null ? adminKeyFile : null);
    }

    private static string? Configured(IConfigurationSection section, string name, int least)
    {
        if (section[name] is not { Length: > 0 } key) return null;
        if (key.Length < least || key.Length > MaxLength || key.AsSpan().ContainsAnyExceptInRange('!', '~'))
            throw new GatewayConfigurationException($"FlashSale__{name} is not fit: set it to {least} to {MaxLength} printable ASCII characters without spaces.");
        return key;
    }

    private static string Kept(string file)
    {
        try
        {
            if (!File.Exists(file)) Make(file);
            var key = File.ReadAllText(file).Trim();
            return key.Length >= MinLength && key.Length <= MaxLength && !key.AsSpan().ContainsAnyExceptInRange('!', '~')
                ? key
                : throw new GatewayConfigurationException($"{file} does not hold a key: delete it, and the next start makes a new one.");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new GatewayConfigurationException($"Cannot keep a key in {file} ({exception.Message}): make the directory writable, or set FlashSale__DataDirectory.", exception);
        }
    }

    // Written aside and moved, so that a process that starts at the same moment reads a whole key, and both use the same one.
    private static void Make(string file)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        var aside = $"{file}.{Convert.ToHexString(RandomNumberGenerator.GetBytes(8))}";
        var access = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) access.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using (var writer = new StreamWriter(aside, access)) writer.WriteLine(Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32)));
        try
        {
            File.Move(aside, file, overwrite: false);
        }
        catch (IOException) when (File.Exists(file))
        {
            File.Delete(aside);
        }
    }
}
