using System.Collections.Immutable;
using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace FlashSale.Embedded.Tests.Conformance;

/// <summary>The public face of a type, as lines of text that can be compared: its header, and a line per public or protected member.</summary>
internal sealed record ApiType(string Name, string Header, IReadOnlySet<string> Interfaces, IReadOnlySet<string> Attributes, IReadOnlySet<string> Members)
{
    /// <summary>What this type declares and the reference lacks or shapes differently.</summary>
    internal IEnumerable<string> DeviationsFrom(ApiType reference)
    {
        if (Header != reference.Header)
            yield return $"{Name}: is '{Header}', should be '{reference.Header}'";
        foreach (var extra in Interfaces.Except(reference.Interfaces))
            yield return $"{Name}: implements {extra}";
        foreach (var extra in Attributes.Except(reference.Attributes))
            yield return $"{Name}: carries {extra}";
        foreach (var extra in Members.Except(reference.Members))
            yield return $"{Name}: declares '{extra}'";
    }
}

/// <summary>
/// Reads the public types of an assembly from its metadata alone. Types are compared by full name, so nothing that the assembly refers to has
/// to be there. Type parameters are written by position: !0 of the type, !!0 of the method.
/// </summary>
internal sealed class ApiSurface
{
    private readonly MetadataReader _reader;
    private readonly TypeNames _names = new();

    private ApiSurface(MetadataReader reader) => _reader = reader;

    internal static IReadOnlyDictionary<string, ApiType> Read(string assemblyPath)
    {
        using var file = new PEReader(File.OpenRead(assemblyPath));
        var surface = new ApiSurface(file.GetMetadataReader());
        return surface._reader.TypeDefinitions.Where(surface.IsPublic).Select(surface.Describe).ToDictionary(type => type.Name);
    }

    private bool IsPublic(TypeDefinitionHandle handle)
    {
        var type = _reader.GetTypeDefinition(handle);
        return (type.Attributes & TypeAttributes.VisibilityMask) switch
        {
            TypeAttributes.Public => true,
            TypeAttributes.NestedPublic or TypeAttributes.NestedFamily or TypeAttributes.NestedFamORAssem => IsPublic(type.GetDeclaringType()),
            _ => false,
        };
    }

    private ApiType Describe(TypeDefinitionHandle handle)
    {
        var type = _reader.GetTypeDefinition(handle);
        var name = _names.GetTypeFromDefinition(_reader, handle, 0);
        var kind = type.Attributes.HasFlag(TypeAttributes.Interface) ? "interface" : "type";
        var modifiers = string.Concat(
            type.Attributes.HasFlag(TypeAttributes.Abstract) && kind == "type" ? "abstract " : "",
            type.Attributes.HasFlag(TypeAttributes.Sealed) ? "sealed " : "");
        var header = $"{modifiers}{kind}{Constraints(type.GetGenericParameters())}"
            + (type.BaseType.IsNil ? "" : $" : {TypeName(type.BaseType)}") + Usage(type.GetCustomAttributes());
        return new(
            name,
            header,
            type.GetInterfaceImplementations().Select(each => TypeName(_reader.GetInterfaceImplementation(each).Interface)).ToHashSet(),
            Attributes(type.GetCustomAttributes()).ToHashSet(),
            type.GetMethods().Select(Method).Concat(type.GetFields().Select(Field)).OfType<string>().ToHashSet());
    }

    private string? Method(MethodDefinitionHandle handle)
    {
        var method = _reader.GetMethodDefinition(handle);
        if (Access(method.Attributes & MethodAttributes.MemberAccessMask) is not { } access)
            return null;
        var signature = method.DecodeSignature(_names, genericContext: null);
        var parameters = method.GetParameters().Select(_reader.GetParameter).Where(parameter => parameter.SequenceNumber > 0)
            .ToDictionary(parameter => parameter.SequenceNumber);
        var list = signature.ParameterTypes.Select((type, index) => parameters.TryGetValue(index + 1, out var parameter)
            ? $"{type} {_reader.GetString(parameter.Name)}{Default(parameter.GetDefaultValue())}" : type);
        var modifiers = string.Concat(
            method.Attributes.HasFlag(MethodAttributes.Static) ? "static " : "",
            method.Attributes.HasFlag(MethodAttributes.Abstract) ? "abstract "
                : method.Attributes.HasFlag(MethodAttributes.Final) ? ""
                : !method.Attributes.HasFlag(MethodAttributes.Virtual) ? ""
                : method.Attributes.HasFlag(MethodAttributes.NewSlot) ? "virtual " : "override ");
        return $"{access} {modifiers}{signature.ReturnType} {_reader.GetString(method.Name)}{Constraints(method.GetGenericParameters())}({string.Join(", ", list)})";
    }

    private string? Field(FieldDefinitionHandle handle)
    {
        var field = _reader.GetFieldDefinition(handle);
        if (Access((MethodAttributes)(field.Attributes & FieldAttributes.FieldAccessMask)) is not { } access)
            return null;
        var modifiers = field.Attributes.HasFlag(FieldAttributes.Static) ? "static " : "";
        return $"{access} {modifiers}{field.DecodeSignature(_names, genericContext: null)} {_reader.GetString(field.Name)}{Default(field.GetDefaultValue())}";
    }

    private static string? Access(MethodAttributes access) => access switch
    {
        MethodAttributes.Public => "public",
        MethodAttributes.Family => "protected",
        MethodAttributes.FamORAssem => "protected internal",
        _ => null,
    };

    private string Default(ConstantHandle handle)
    {
        if (handle.IsNil)
            return "";
        var constant = _reader.GetConstant(handle);
        return $" = {_reader.GetBlobReader(constant.Value).ReadConstant(constant.TypeCode) ?? "null"}";
    }

    private string Constraints(GenericParameterHandleCollection handles) => handles.Count == 0 ? "" : $"<{string.Join(", ", handles.Select(Constraint))}>";

    private string Constraint(GenericParameterHandle handle)
    {
        var parameter = _reader.GetGenericParameter(handle);
        var special = parameter.Attributes & (GenericParameterAttributes.SpecialConstraintMask | GenericParameterAttributes.VarianceMask);
        var types = parameter.GetConstraints().Select(each => TypeName(_reader.GetGenericParameterConstraint(each).Type));
        return string.Join(" & ", types.Prepend(special == GenericParameterAttributes.None ? "any" : special.ToString()));
    }

    private IEnumerable<string> Attributes(CustomAttributeHandleCollection handles) =>
        handles.Select(handle => AttributeName(_reader.GetCustomAttribute(handle))).Where(name => name.StartsWith("Orleans.", StringComparison.Ordinal));

    private string Usage(CustomAttributeHandleCollection handles)
    {
        foreach (var attribute in handles.Select(_reader.GetCustomAttribute).Where(each => AttributeName(each) == "System.AttributeUsageAttribute"))
        {
            var value = attribute.DecodeValue(_names);
            var named = value.NamedArguments.Where(each => !IsDefaultUsage(each)).Select(each => $", {each.Name}={each.Value}").Order();
            return $" [usage {(AttributeTargets)(int)value.FixedArguments[0].Value!}{string.Concat(named)}]";
        }

        return "";
    }

    private static bool IsDefaultUsage(CustomAttributeNamedArgument<string> argument) =>
        (argument.Name, argument.Value) is (nameof(AttributeUsageAttribute.AllowMultiple), false) or (nameof(AttributeUsageAttribute.Inherited), true);

    private string AttributeName(CustomAttribute attribute) => attribute.Constructor.Kind == HandleKind.MemberReference
        ? TypeName(_reader.GetMemberReference((MemberReferenceHandle)attribute.Constructor).Parent)
        : TypeName(_reader.GetMethodDefinition((MethodDefinitionHandle)attribute.Constructor).GetDeclaringType());

    private string TypeName(EntityHandle handle) => handle.Kind switch
    {
        HandleKind.TypeDefinition => _names.GetTypeFromDefinition(_reader, (TypeDefinitionHandle)handle, 0),
        HandleKind.TypeReference => _names.GetTypeFromReference(_reader, (TypeReferenceHandle)handle, 0),
        _ => _reader.GetTypeSpecification((TypeSpecificationHandle)handle).DecodeSignature(_names, genericContext: null),
    };

    private sealed class TypeNames : ISignatureTypeProvider<string, object?>, ICustomAttributeTypeProvider<string>
    {
        public string GetPrimitiveType(PrimitiveTypeCode typeCode) => $"System.{typeCode}";

        public string GetTypeFromDefinition(MetadataReader reader, TypeDefinitionHandle handle, byte rawTypeKind)
        {
            var type = reader.GetTypeDefinition(handle);
            var outer = type.GetDeclaringType();
            return outer.IsNil
                ? Join(reader.GetString(type.Namespace), reader.GetString(type.Name))
                : $"{GetTypeFromDefinition(reader, outer, 0)}+{reader.GetString(type.Name)}";
        }

        public string GetTypeFromReference(MetadataReader reader, TypeReferenceHandle handle, byte rawTypeKind)
        {
            var type = reader.GetTypeReference(handle);
            return type.ResolutionScope.Kind == HandleKind.TypeReference
                ? $"{GetTypeFromReference(reader, (TypeReferenceHandle)type.ResolutionScope, 0)}+{reader.GetString(type.Name)}"
                : Join(reader.GetString(type.Namespace), reader.GetString(type.Name));
        }

        public string GetTypeFromSpecification(MetadataReader reader, object? genericContext, TypeSpecificationHandle handle, byte rawTypeKind) =>
            reader.GetTypeSpecification(handle).DecodeSignature(this, genericContext);

        public string GetSZArrayType(string elementType) => $"{elementType}[]";

        public string GetArrayType(string elementType, ArrayShape shape) => $"{elementType}[{shape.Rank}]";

        public string GetByReferenceType(string elementType) => $"{elementType}&";

        public string GetPointerType(string elementType) => $"{elementType}*";

        public string GetPinnedType(string elementType) => elementType;

        public string GetFunctionPointerType(MethodSignature<string> signature) => "function";

        public string GetGenericInstantiation(string genericType, ImmutableArray<string> typeArguments) =>
            $"{genericType}<{string.Join(", ", typeArguments)}>";

        public string GetGenericMethodParameter(object? genericContext, int index) => $"!!{index}";

        public string GetGenericTypeParameter(object? genericContext, int index) => $"!{index}";

        // Nullable annotations and the like are no part of the shape; init accessors and in parameters are.
        public string GetModifiedType(string modifier, string unmodifiedType, bool isRequired) =>
            isRequired ? $"{unmodifiedType} modreq {modifier}" : unmodifiedType;

        public string GetSystemType() => "System.Type";

        public bool IsSystemType(string type) => type == "System.Type";

        public string GetTypeFromSerializedName(string name) => name;

        public PrimitiveTypeCode GetUnderlyingEnumType(string type) => PrimitiveTypeCode.Int32;

        private static string Join(string space, string name) => space.Length == 0 ? name : $"{space}.{name}";
    }
}
