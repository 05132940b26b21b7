namespace FlashSale.Embedded.Tests.Conformance;

/// <summary>
/// Types of Orleans that live in assemblies which no registry serves here, so that their metadata cannot be read. Each was checked by hand
/// against Orleans' source file named above it, and lists the members that the embedded engine has, in <see cref="ApiSurface"/>'s words.
/// </summary>
internal static class HandCheckedTypes
{
    internal static ApiType[] All { get; } =
    [
        // src/Orleans.Serialization.Abstractions/Annotations.cs
        Type("Orleans.GenerateSerializerAttribute", "sealed type : System.Attribute [usage Class, Struct, Enum]", [], [],
            "public System.Void .ctor()"),
        Type("Orleans.IdAttribute", "sealed type : System.Attribute [usage Class, Struct, Enum, Method, Property, Field, Parameter]", [], [],
            "public System.Void .ctor(System.UInt32 id)",
            "public System.UInt32 get_Id()"),
        Type("Orleans.AliasAttribute", "sealed type : System.Attribute [usage Class, Struct, Enum, Method, Interface, AllowMultiple=True]", [], [],
            "public System.Void .ctor(System.String alias)",
            "public System.String get_Alias()"),
        Type("Orleans.ImmutableAttribute", "sealed type : System.Attribute [usage Class, Struct, Property, Field, Parameter, ReturnValue, Inherited=False]", [], [],
            "public System.Void .ctor()"),
        Type("Orleans.ResponseTimeoutAttribute", "sealed type : System.Attribute [usage Method]", [], [],
            "public System.Void .ctor(System.String timeout)",
            "public System.Nullable`1<System.TimeSpan> get_Timeout()",
            "public System.Void modreq System.Runtime.CompilerServices.IsExternalInit set_Timeout(System.Nullable`1<System.TimeSpan> value)"),
        // src/Orleans.Core/CodeGeneration/IGrainState.cs
        Type("Orleans.IGrainState`1", "interface<any>", [], [],
            "public abstract !0 get_State()",
            "public abstract System.Void set_State(!0 value)",
            "public abstract System.String get_ETag()",
            "public abstract System.Void set_ETag(System.String value)",
            "public abstract System.Boolean get_RecordExists()",
            "public abstract System.Void set_RecordExists(System.Boolean value)"),
        Type("Orleans.GrainState`1", "sealed type<any> : System.Object", ["Orleans.IGrainState`1<!0>"], ["Orleans.GenerateSerializerAttribute"],
            "public System.Void .ctor()",
            "public System.Void .ctor(!0 state)",
            "public System.Void .ctor(!0 state, System.String eTag)",
            "public !0 get_State()",
            "public System.Void set_State(!0 value)",
            "public System.String get_ETag()",
            "public System.Void set_ETag(System.String value)",
            "public System.Boolean get_RecordExists()",
            "public System.Void set_RecordExists(System.Boolean value)"),
        // src/Orleans.Core/Core/IClusterClient.cs
        Type("Orleans.IClusterClient", "interface", ["Orleans.IGrainFactory"], [],
            "public abstract System.IServiceProvider get_ServiceProvider()"),
        // src/Orleans.Core/Providers/IGrainStorage.cs
        Type("Orleans.Storage.IGrainStorage", "interface", [], [],
            "public abstract System.Threading.Tasks.Task ReadStateAsync<any>(System.String stateName, Orleans.Runtime.GrainId grainId, Orleans.IGrainState`1<!!0> grainState)",
            "public abstract System.Threading.Tasks.Task WriteStateAsync<any>(System.String stateName, Orleans.Runtime.GrainId grainId, Orleans.IGrainState`1<!!0> grainState)",
            "public abstract System.Threading.Tasks.Task ClearStateAsync<any>(System.String stateName, Orleans.Runtime.GrainId grainId, Orleans.IGrainState`1<!!0> grainState)",
            "public virtual System.Threading.Tasks.Task ReadStateAsync<any>(System.String stateName, Orleans.Runtime.GrainId grainId, Orleans.IGrainState`1<!!0> grainState, System.Threading.CancellationToken cancellationToken)",
            "public virtual System.Threading.Tasks.Task WriteStateAsync<any>(System.String stateName, Orleans.Runtime.GrainId grainId, Orleans.IGrainState`1<!!0> grainState, System.Threading.CancellationToken cancellationToken)",
            "public virtual System.Threading.Tasks.Task ClearStateAsync<any>(System.String stateName, Orleans.Runtime.GrainId grainId, Orleans.IGrainState`1<!!0> grainState, System.Threading.CancellationToken cancellationToken)"),
        Type("Orleans.Storage.InconsistentStateException", "type : Orleans.Runtime.OrleansException", [], ["Orleans.GenerateSerializerAttribute"],
            "public System.Void .ctor()",
            "public System.Void .ctor(System.String message)",
            "public System.Void .ctor(System.String message, System.Exception innerException)",
            "public System.Void .ctor(System.String errorMsg, System.String storedEtag, System.String currentEtag)",
            "public System.String get_StoredEtag()",
            "public System.String get_CurrentEtag()"),
        // src/Orleans.Core/Configuration/Options/MessagingOptions.cs
        Type("Orleans.Configuration.MessagingOptions", "abstract type : System.Object", [], [],
            "public System.TimeSpan get_ResponseTimeout()",
            "public System.Void set_ResponseTimeout(System.TimeSpan value)",
            "protected System.Void .ctor()"),
        // src/Orleans.Runtime/Configuration/Options/SiloMessagingOptions.cs
        Type("Orleans.Configuration.SiloMessagingOptions", "type : Orleans.Configuration.MessagingOptions", [], [],
            "public System.Void .ctor()"),
        // src/Orleans.Runtime/Configuration/Options/GrainCollectionOptions.cs
        Type("Orleans.Configuration.GrainCollectionOptions", "type : System.Object", [], [],
            "public System.TimeSpan get_CollectionAge()",
            "public System.Void set_CollectionAge(System.TimeSpan value)",
            "public System.TimeSpan get_CollectionQuantum()",
            "public System.Void set_CollectionQuantum(System.TimeSpan value)",
            "public System.TimeSpan get_ActivationTimeout()",
            "public System.Void set_ActivationTimeout(System.TimeSpan value)",
            "public System.TimeSpan get_DeactivationTimeout()",
            "public System.Void set_DeactivationTimeout(System.TimeSpan value)",
            "public System.Void .ctor()"),
        // src/Orleans.Runtime/Hosting/ISiloBuilder.cs
        Type("Orleans.Hosting.ISiloBuilder", "interface", [], [],
            "public abstract Microsoft.Extensions.DependencyInjection.IServiceCollection get_Services()",
            "public abstract Microsoft.Extensions.Configuration.IConfiguration get_Configuration()"),
        // src/Orleans.Runtime/Hosting/OrleansSiloGenericHostExtensions.cs
        Type("Microsoft.Extensions.Hosting.OrleansSiloGenericHostExtensions", "abstract sealed type : System.Object", [], [],
            "public static Microsoft.Extensions.Hosting.IHostApplicationBuilder UseOrleans(Microsoft.Extensions.Hosting.IHostApplicationBuilder hostAppBuilder, System.Action`1<Orleans.Hosting.ISiloBuilder> configureDelegate)"),
        // src/Orleans.Runtime/Facet/Persistent/IPersistentState.cs
        Type("Orleans.Runtime.IPersistentState`1", "interface<any>", ["Orleans.Core.IStorage`1<!0>", "Orleans.Core.IStorage"], []),
        // src/Orleans.Runtime/Facet/Persistent/PersistentStateAttribute.cs
        Type("Orleans.Runtime.PersistentStateAttribute", "type : System.Attribute [usage Parameter]", [], [],
            "public System.Void .ctor(System.String stateName, System.String storageName = null)",
            "public System.String get_StateName()",
            "public System.String get_StorageName()"),
    ];

    private static ApiType Type(string name, string header, string[] interfaces, string[] attributes, params string[] members) =>
        new(name, header, interfaces.ToHashSet(), attributes.ToHashSet(), members.ToHashSet());
}
