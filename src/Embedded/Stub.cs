#pragma warning disable
namespace Orleans
{
    public interface IGrain {} public interface IGrainWithStringKey : IGrain {}
    public interface IGrainFactory { T GetGrain<T>(string key, string? p = null) where T : IGrainWithStringKey; }
    public class GenerateSerializerAttribute : System.Attribute {} public class ImmutableAttribute : System.Attribute {}
    public class IdAttribute(uint i) : System.Attribute {} public class AliasAttribute(string a) : System.Attribute {}
    public class ResponseTimeoutAttribute(string t) : System.Attribute {}
}
namespace Orleans.Concurrency { public class AlwaysInterleaveAttribute : System.Attribute {} public class ReadOnlyAttribute : System.Attribute {} }
