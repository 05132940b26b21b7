using System.Collections.Concurrent;
using System.Linq.Expressions;
using System.Reflection;
using Orleans;
using Orleans.Concurrency;
using Orleans.Runtime;

namespace FlashSale.Embedded;

/// <summary>A grain interface: its methods, ready to be called, and the class of its references. Made once per process.</summary>
internal sealed class GrainInterface
{
    private const int ParametersMax = 7;
    private static readonly ConcurrentDictionary<Type, Lazy<GrainInterface>> Cache = new();
    private readonly Func<GrainEngine, GrainId, GrainInterface, GrainProxy> _createProxy;

    private GrainInterface(Type type)
    {
        Type = type;
        if (!type.IsVisible)
            throw Unsupported(type, "it is not public");
        if (type.ContainsGenericParameters || type.IsGenericType)
            throw Unsupported(type, "it is generic");
        if (!typeof(IGrainWithStringKey).IsAssignableFrom(type))
            throw Unsupported(type, $"it does not derive from {nameof(IGrainWithStringKey)}");
        var methods = type.GetInterfaces().Append(type).Where(IsGrainInterface).OrderBy(each => each.FullName, StringComparer.Ordinal)
            .SelectMany(each => each.GetMethods(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static))
            .Select(method => new MethodShape(method)).ToArray();
        Methods = [.. methods.Select(Describe)];
        _createProxy = ProxyEmitter.Emit(type, methods);
    }

    internal Type Type { get; }

    internal GrainMethod[] Methods { get; }

    /// <exception cref="OrleansConfigurationException">The interface has a shape that cannot be called.</exception>
    internal static GrainInterface Of(Type type) => Cache.GetOrAdd(type, static type => new(() => new(type))).Value;

    internal static bool IsGrainInterface(Type type) => type.IsInterface && typeof(IGrain).IsAssignableFrom(type)
        && type != typeof(IGrain) && type != typeof(IGrainWithStringKey);

    internal GrainProxy CreateProxy(GrainEngine engine, GrainId grain) => _createProxy(engine, grain, this);

    private static OrleansConfigurationException Unsupported(object what, string why) =>
        new($"{what} cannot be called as a grain interface: {why}.");

    private static GrainMethod Describe(MethodShape shape)
    {
        var method = shape.Method;
        var mode = method.IsDefined(typeof(AlwaysInterleaveAttribute)) ? RequestMode.Interleave
            : method.IsDefined(typeof(ReadOnlyAttribute)) ? RequestMode.ReadOnly : RequestMode.Exclusive;

        var grain = Expression.Parameter(typeof(object));
        var args = Expression.Parameter(shape.Arguments);
        var call = Expression.Call(Expression.Convert(grain, method.DeclaringType!), method, shape.Fields(args));
        var invoke = Expression.Lambda(shape.AsValueTask(call), grain, args).Compile();

        var copyValue = Expression.Parameter(typeof(Func<object?, object?>));
        var copies = shape.Fields(args).Select(field => (Expression)Expression.Convert(
            Expression.Invoke(copyValue, Expression.Convert(field, typeof(object))), field.Type));
        var copy = Expression.Lambda(shape.Pack(copies), args, copyValue).Compile();

        return (GrainMethod)Activator.CreateInstance(
            typeof(GrainMethod<,>).MakeGenericType(shape.Arguments, shape.Result), BindingFlags.NonPublic | BindingFlags.Public | BindingFlags.Instance,
            binder: null, [method.Name, mode, method.GetCustomAttribute<ResponseTimeoutAttribute>()?.Timeout, invoke, copy], culture: null)!;
    }

    /// <summary>What a method takes and returns, in the engine's terms.</summary>
    internal sealed class MethodShape
    {
        private static readonly Type[] TupleTypes =
        [
            typeof(ValueTuple), typeof(ValueTuple<>), typeof(ValueTuple<,>), typeof(ValueTuple<,,>), typeof(ValueTuple<,,,>),
            typeof(ValueTuple<,,,,>), typeof(ValueTuple<,,,,,>), typeof(ValueTuple<,,,,,,>),
        ];

        internal MethodShape(MethodInfo method)
        {
            Method = method;
            var name = $"{method.DeclaringType}.{method.Name}";
            var parameters = method.GetParameters().Select(parameter => parameter.ParameterType).ToArray();
            if (!method.IsAbstract || method.IsStatic || method.IsSpecialName)
                throw Unsupported(name, "only plain methods without a body are supported");
            if (method.IsGenericMethodDefinition)
                throw Unsupported(name, "it is generic");
            if (parameters.Length > ParametersMax)
                throw Unsupported(name, $"it has more than {ParametersMax} parameters");
            if (parameters.Any(type => type.IsByRef || type.IsByRefLike || type.IsPointer))
                throw Unsupported(name, "it has a parameter that cannot be kept: by reference, span or pointer");
            Parameters = parameters;
            Arguments = parameters.Length == 0 ? typeof(ValueTuple) : TupleTypes[parameters.Length].MakeGenericType(parameters);

            var returned = method.ReturnType;
            var generic = returned.IsGenericType ? returned.GetGenericTypeDefinition() : null;
            IsValueTask = returned == typeof(ValueTask) || generic == typeof(ValueTask<>);
            HasResult = generic == typeof(Task<>) || generic == typeof(ValueTask<>);
            if (!HasResult && !IsValueTask && returned != typeof(Task))
                throw Unsupported(name, $"it returns {returned}, not Task, Task<T>, ValueTask or ValueTask<T>");
            Result = HasResult ? returned.GetGenericArguments()[0] : typeof(Nothing);
        }

        internal MethodInfo Method { get; }

        internal Type[] Parameters { get; }

        /// <summary>The ValueTuple of the parameters.</summary>
        internal Type Arguments { get; }

        /// <summary>The T of the return type, or <see cref="Nothing"/>.</summary>
        internal Type Result { get; }

        internal bool IsValueTask { get; }

        internal bool HasResult { get; }

        internal IEnumerable<Expression> Fields(Expression args) =>
            Parameters.Select((_, index) => (Expression)Expression.Field(args, $"Item{index + 1}"));

        internal Expression Pack(IEnumerable<Expression> values) =>
            Parameters.Length == 0 ? Expression.Default(Arguments) : Expression.New(Arguments.GetConstructor(Parameters)!, values);

        internal Expression AsValueTask(Expression call) => (HasResult, IsValueTask) switch
        {
            (true, true) => call,
            (true, false) => Expression.New(typeof(ValueTask<>).MakeGenericType(Result).GetConstructor([call.Type])!, call),
            (false, true) => Expression.Call(typeof(ReturnValues), nameof(ReturnValues.FromValueTask), null, call),
            (false, false) => Expression.Call(typeof(ReturnValues), nameof(ReturnValues.FromTask), null, call),
        };
    }
}
