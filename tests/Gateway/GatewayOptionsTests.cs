using FlashSale.Gateway.Sessions;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Hosting.Internal;

namespace FlashSale.Gateway.Tests;

public sealed class GatewayOptionsTests : IDisposable
{
    private readonly string _directory = Path.Combine(Path.GetTempPath(), "flashsale-" + Path.GetRandomFileName());

    public void Dispose()
    {
        if (Directory.Exists(_directory)) Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public void Defaults_are_those_of_the_documentation()
    {
        var options = Options("Development");
        Assert.Equal(new GatewayOptions { Login = Login.Dev, SessionPermitsPerSecond = 1_000_000, SessionBurst = 1_000_000, DrainSeconds = 1 }, options);
        Assert.Equal(new GatewayOptions(), Options("Production"));
        Assert.Equal((24, 10.0, 20), (options.SessionHours, options.ShopperPermitsPerSecond, options.ShopperBurst));
    }

    [Fact]
    public void Production_has_no_login_of_its_own() => Assert.Equal(Login.None, Options("Production").Login);

    [Theory]
    [InlineData("Production", "Login", "Dev", "refused outside Development")]
    [InlineData("Staging", "Login", "Dev", "refused outside Development")]
    [InlineData("Development", "Login", "WeChat", "not available in this version")]
    [InlineData("Development", "Login", "dev", "unknown")]
    [InlineData("Development", "SessionHours", "0", "a whole number from 1 to 8760")]
    [InlineData("Development", "SessionHours", "a day", "FlashSale__SessionHours=a day")]
    [InlineData("Development", "ShopperRate:PermitsPerSecond", "0", "FlashSale__ShopperRate__PermitsPerSecond=0")]
    [InlineData("Development", "ShopperRate:PermitsPerSecond", "NaN", "a number from")]
    [InlineData("Development", "ShopperRate:Burst", "1.5", "a whole number")]
    [InlineData("Production", "SessionRate:Burst", "0", "from 1 to 1000000")]
    [InlineData("Production", "DrainSeconds", "21", "from 0 to 20")]
    [InlineData("Production", "Telemetry:TraceRatio", "1.1", "FlashSale__Telemetry__TraceRatio=1.1 is not valid: set it to a number from 0 to 1")]
    [InlineData("Production", "Events:MaxClients", "-1", "from 0 to 1000000")]
    [InlineData("Production", "Http:BodyTimeoutSeconds", "0", "from 1 to 600")]
    [InlineData("Production", "Http:RequestTimeoutSeconds", "601", "from 1 to 600")]
    [InlineData("Production", "Http:MaxRequestLineBytes", "511", "from 512 to 65536")]
    [InlineData("Production", "Http:MaxHeaders", "1001", "from 16 to 1000")]
    [InlineData("Production", "Proxies", "10.0.0.0/33", "neither an address nor a network")]
    [InlineData("Production", "Proxies:0", "proxy.example", "FlashSale__Proxies: proxy.example")]
    [InlineData("Production", "ProxyHops", "17", "from 1 to 16")]
    [InlineData("Production", "Cors:Origins", "https://shop.example/", "is not an origin")]
    [InlineData("Production", "Cors:OperatorOrigins:1", "shop.example", "FlashSale__Cors__OperatorOrigins: shop.example")]
    [InlineData("Production", "Load:TargetSeconds", "0", "from 0.05 to 600")]
    [InlineData("Production", "Load:LeastPurchases", "0", "from 1 to 10000000")]
    [InlineData("Development", "Stock:MaxBatchSize", "513", "from 1 to 512")]
    public void A_wrong_setting_ends_the_start_with_one_line(string environment, string key, string value, string message)
    {
        var exception = Assert.Throws<GatewayConfigurationException>(() => Options(environment, (key, value)));
        Assert.Contains(message, exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', exception.Message);
    }

    [Theory]
    [InlineData(null, null, "FlashSale__AdminKey and FlashSale__TokenKey missing")]
    [InlineData("0123456789abcdef", null, "FlashSale__TokenKey missing")]
    [InlineData(null, "0123456789abcdef", "FlashSale__AdminKey missing")]
    [InlineData("short", "0123456789abcdef", "FlashSale__AdminKey is not fit")]
    [InlineData("0123456789abcdef", "with a space in it", "FlashSale__TokenKey is not fit")]
    public void Production_needs_both_keys_and_says_what_is_missing(string? adminKey, string? tokenKey, string message)
    {
        var exception = Assert.Throws<GatewayConfigurationException>(() => Keys("Production", ("AdminKey", adminKey), ("TokenKey", tokenKey)));
        Assert.StartsWith(message, exception.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_directory));
    }

    [Fact]
    public void Development_makes_keys_for_its_owner_only_and_uses_them_again()
    {
        var made = Keys("Development");
        var again = Keys("Development");
        Assert.Equal(made.AdminKey, again.AdminKey);
        Assert.Equal(made.TokenKey, again.TokenKey);
        Assert.NotEqual(made.AdminKey, System.Text.Encoding.ASCII.GetString(made.TokenKey));
        Assert.Equal(Path.Combine(_directory, "admin.key"), made.AdminKeyFile);
        Assert.Equal(["admin.key", "token.key"], Directory.GetFiles(_directory).Select(Path.GetFileName).Order());
        foreach (var file in Directory.GetFiles(_directory))
        {
            if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        }
    }

    [Fact]
    public void Development_prefers_configured_keys_and_then_touches_no_disk()
    {
        Assert.Equal("a", Keys("Development", ("AdminKey", "a"), ("TokenKey", "t")).AdminKey);
        Assert.False(Directory.Exists(_directory));
    }

    [Fact]
    public void A_damaged_key_file_says_what_to_do()
    {
        Directory.CreateDirectory(_directory);
        File.WriteAllText(Path.Combine(_directory, "admin.key"), "");
        Assert.Contains("delete it", Assert.Throws<GatewayConfigurationException>(() => Keys("Development")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_directory_that_cannot_be_made_says_what_to_do()
    {
        File.WriteAllText(_directory, "a file");
        try
        {
            Assert.Contains("FlashSale__DataDirectory", Assert.Throws<GatewayConfigurationException>(() => Keys("Development")).Message, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(_directory);
        }
    }

    private static IConfiguration Configuration(IEnumerable<(string Key, string? Value)> settings) => new ConfigurationBuilder()
        .AddInMemoryCollection(settings.Select(s => KeyValuePair.Create("FlashSale:" + s.Key, s.Value))).Build();

    private static HostingEnvironment Environment(string name) => new() { EnvironmentName = name };

    private static GatewayOptions Options(string environment, params (string, string?)[] settings) =>
        GatewayOptions.Read(Configuration(settings), Environment(environment));

    private GatewayKeys Keys(string environment, params (string, string?)[] settings)
    {
        var configuration = Configuration([.. settings, ("DataDirectory", _directory)]);
        return GatewayKeys.Read(configuration, Environment(environment), GatewayOptions.Read(configuration, Environment(environment)));
    }
}
