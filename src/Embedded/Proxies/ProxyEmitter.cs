using System.Linq.Expressions;
using System.Reflection;
using System.Reflection.Emit;
using Orleans.Runtime;

namespace FlashSale.Embedded;

/// <summary>
/// Emits the classes of grain references. Method n of an interface becomes
/// <c>return Call&lt;TArgs, TResult&gt;(n, new ValueTuple(arguments))</c>.
/// </summary>
internal static class ProxyEmitter
{
    private const BindingFlags Inherited = BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public;

    // The name that the project file lets see internals.
    private static readonly ModuleBuilder Module = AssemblyBuilder
        .DefineDynamicAssembly(new("FlashSale.Embedded.Proxies"), AssemblyBuilderAccess.Run)
        .DefineDynamicModule("Proxies");

    private static readonly Lock Gate = new();

    internal static Func<GrainEngine, GrainId, GrainInterface, GrainProxy> Emit(Type grainInterface, GrainInterface.MethodShape[] methods)
    {
        // Module builders are not safe for concurrent use.
        lock (Gate)
        {
            var type = Module.DefineType(
                $"{grainInterface.FullName}Reference", TypeAttributes.Class | TypeAttributes.Sealed, typeof(GrainProxy), [grainInterface]);
            var constructor = EmitConstructor(type);
            for (var slot = 0; slot < methods.Length; slot++)
                EmitMethod(type, slot, methods[slot]);
            var created = type.CreateType();
            ParameterExpression[] parameters =
                [Expression.Parameter(typeof(GrainEngine)), Expression.Parameter(typeof(GrainId)), Expression.Parameter(typeof(GrainInterface))];
            var create = Expression.New(created.GetConstructor([.. constructor.GetParameters().Select(p => p.ParameterType)])!, parameters);
            return Expression.Lambda<Func<GrainEngine, GrainId, GrainInterface, GrainProxy>>(create, parameters).Compile();
        }
    }

    private static ConstructorInfo EmitConstructor(TypeBuilder type)
    {
        var inherited = typeof(GrainProxy).GetConstructors(Inherited)[0];
        var parameters = inherited.GetParameters().Select(parameter => parameter.ParameterType).ToArray();
        var il = type.DefineConstructor(MethodAttributes.Public, CallingConventions.HasThis, parameters).GetILGenerator();
        for (var i = 0; i <= parameters.Length; i++)
            il.Emit(OpCodes.Ldarg, (short)i);
        il.Emit(OpCodes.Call, inherited);
        il.Emit(OpCodes.Ret);
        return inherited;
    }

    private static void EmitMethod(TypeBuilder type, int slot, GrainInterface.MethodShape shape)
    {
        var method = type.DefineMethod(
            $"{shape.Method.DeclaringType!.FullName}.{shape.Method.Name}#{slot}",
            MethodAttributes.Private | MethodAttributes.Virtual | MethodAttributes.Final | MethodAttributes.HideBySig | MethodAttributes.NewSlot,
            shape.Method.ReturnType, shape.Parameters);
        var il = method.GetILGenerator();
        il.Emit(OpCodes.Ldarg_0);
        il.Emit(OpCodes.Ldc_I4, slot);
        for (var i = 1; i <= shape.Parameters.Length; i++)
            il.Emit(OpCodes.Ldarg, (short)i);
        if (shape.Parameters.Length > 0)
        {
            il.Emit(OpCodes.Newobj, shape.Arguments.GetConstructor(shape.Parameters)!);
        }
        else
        {
            // The empty tuple has no constructor.
            il.Emit(OpCodes.Ldloc, il.DeclareLocal(shape.Arguments));
        }

        var call = !shape.IsValueTask ? "Call" : shape.HasResult ? "CallValue" : "CallValueless";
        il.Emit(OpCodes.Call, typeof(GrainProxy).GetMethod(call, Inherited)!.MakeGenericMethod(shape.Arguments, shape.Result));
        il.Emit(OpCodes.Ret);
        type.DefineMethodOverride(method, shape.Method);
    }
}
