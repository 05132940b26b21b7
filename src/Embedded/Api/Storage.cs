using Orleans.Runtime;

namespace Orleans.Core
{
    /// <summary>A stored value of one grain.</summary>
    public interface IStorage
    {
        /// <summary>The store's version of the value last read or written; null when there is none.</summary>
        string? Etag { get; }

        /// <summary>Whether the store holds a value.</summary>
        bool RecordExists { get; }

        /// <summary>Removes the value from the store.</summary>
        Task ClearStateAsync();

        /// <summary>Writes the value to the store.</summary>
        /// <exception cref="Orleans.Storage.InconsistentStateException">The store holds another version than was last read or written.</exception>
        Task WriteStateAsync();

        /// <summary>Reads the value from the store.</summary>
        Task ReadStateAsync();

        /// <inheritdoc cref="ClearStateAsync()"/>
        Task ClearStateAsync(CancellationToken cancellationToken) => ClearStateAsync();

        /// <inheritdoc cref="WriteStateAsync()"/>
        Task WriteStateAsync(CancellationToken cancellationToken) => WriteStateAsync();

        /// <inheritdoc cref="ReadStateAsync()"/>
        Task ReadStateAsync(CancellationToken cancellationToken) => ReadStateAsync();
    }

    /// <summary>A stored value of one grain, typed.</summary>
    public interface IStorage<TState> : IStorage
    {
        /// <summary>The value in memory.</summary>
        TState State { get; set; }
    }
}

namespace Orleans
{
    /// <summary>A stored value with its version.</summary>
    public interface IGrainState<T>
    {
        /// <summary>The value.</summary>
        T? State { get; set; }

        /// <summary>The store's version of the value.</summary>
        string? ETag { get; set; }

        /// <summary>Whether the store holds a value.</summary>
        bool RecordExists { get; set; }
    }

    /// <summary>A stored value with its version.</summary>
    [GenerateSerializer]
    public sealed class GrainState<T> : IGrainState<T>
    {
        /// <summary>No value yet.</summary>
        public GrainState()
        {
        }

        /// <summary>A value that is in no store yet.</summary>
        public GrainState(T? state)
            : this(state, eTag: null)
        {
        }

        /// <summary>A value with its version.</summary>
        public GrainState(T? state, string? eTag)
        {
            State = state;
            ETag = eTag;
        }

        /// <inheritdoc/>
        [Id(0)]
        public T? State { get; set; }

        /// <inheritdoc/>
        [Id(1)]
        public string? ETag { get; set; }

        /// <inheritdoc/>
        [Id(2)]
        public bool RecordExists { get; set; }
    }
}

namespace Orleans.Storage
{
    /// <summary>A store of grain state: a keyed service, or the unkeyed one for the default.</summary>
    public interface IGrainStorage
    {
        /// <summary>Fills <paramref name="grainState"/> from the store.</summary>
        Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState);

        /// <summary>Writes the state if the store still holds the version that it names, and sets the new version.</summary>
        /// <exception cref="InconsistentStateException">The store holds another version.</exception>
        Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState);

        /// <summary>Removes the state if the store still holds the version that it names.</summary>
        /// <exception cref="InconsistentStateException">The store holds another version.</exception>
        Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState);

        /// <inheritdoc cref="ReadStateAsync{T}(string, GrainId, IGrainState{T})"/>
        Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState, CancellationToken cancellationToken) =>
            ReadStateAsync(stateName, grainId, grainState);

        /// <inheritdoc cref="WriteStateAsync{T}(string, GrainId, IGrainState{T})"/>
        Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState, CancellationToken cancellationToken) =>
            WriteStateAsync(stateName, grainId, grainState);

        /// <inheritdoc cref="ClearStateAsync{T}(string, GrainId, IGrainState{T})"/>
        Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState, CancellationToken cancellationToken) =>
            ClearStateAsync(stateName, grainId, grainState);
    }

    /// <summary>The store holds another version of the state than the writer had read.</summary>
    [GenerateSerializer]
    public class InconsistentStateException : OrleansException
    {
        /// <summary>Without details.</summary>
        public InconsistentStateException()
        {
        }

        /// <summary>With details.</summary>
        public InconsistentStateException(string message)
            : base(message)
        {
        }

        /// <summary>With details and a cause.</summary>
        public InconsistentStateException(string message, Exception? innerException)
            : base(message, innerException!)
        {
        }

        /// <summary>With both versions.</summary>
        public InconsistentStateException(string errorMsg, string? storedEtag, string? currentEtag)
            : base(errorMsg)
        {
            StoredEtag = storedEtag;
            CurrentEtag = currentEtag;
        }

        /// <summary>The version in the store, if known.</summary>
        [Id(1)]
        public string? StoredEtag { get; private set; }

        /// <summary>The version that the writer had.</summary>
        [Id(2)]
        public string? CurrentEtag { get; private set; }
    }
}
