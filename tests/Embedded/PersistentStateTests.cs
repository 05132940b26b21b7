using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Orleans.Runtime;
using Orleans.Storage;

namespace FlashSale.Embedded.Tests;

public sealed class PersistentStateTests
{
    public interface INoteGrain : IGrainWithStringKey
    {
        Task<(string? Text, string? Etag, bool Exists)> Read();

        Task Write(string text);

        Task Clear();

        Task Leave();
    }

    [Fact]
    public async Task A_state_is_read_before_activation_and_survives_it()
    {
        var storage = new MemoryStorage();
        await using var engine = Start(storage);
        var grain = engine.Grains.GetGrain<INoteGrain>("g");
        Assert.Equal((null, null, false), await grain.Read());
        await grain.Write("hello");
        await grain.Leave();
        Assert.Equal(("hello", "1", true), await grain.Read());
        Assert.Equal(["activated with ''", "activated with 'hello'"], engine.Journal.Lines);
        Assert.Equal(["note/note/g"], storage.Keys);

        await grain.Clear();
        Assert.Equal((null, null, false), await grain.Read());
    }

    [Fact]
    public async Task A_writer_of_an_old_version_hears_it()
    {
        var storage = new MemoryStorage();
        await using var engine = Start(storage);
        var grain = engine.Grains.GetGrain<INoteGrain>("g");
        await grain.Write("mine");
        await ((IGrainStorage)storage).WriteStateAsync("note", GrainId.Create("note", "g"), new GrainState<Note>(new() { Text = "theirs" }, "1"));
        var exception = await Assert.ThrowsAsync<InconsistentStateException>(() => grain.Write("mine again"));
        Assert.Equal(("2", "1"), (exception.StoredEtag, exception.CurrentEtag));
    }

    [Fact]
    public async Task A_missing_storage_fails_the_activation()
    {
        await using var engine = TestEngine.Start(typeof(NoteGrain));
        var exception = await Assert.ThrowsAsync<OrleansConfigurationException>(() => engine.Grains.GetGrain<INoteGrain>("g").Read());
        Assert.Contains("'notes'", exception.Message, StringComparison.Ordinal);
    }

    private static TestEngine Start(MemoryStorage storage) =>
        TestEngine.Start(services => services.AddKeyedSingleton<IGrainStorage>("notes", storage), typeof(NoteGrain));

    internal sealed class Note
    {
        public string? Text { get; set; }
    }

    private sealed class NoteGrain([PersistentState("note", "notes")] IPersistentState<Note> note, Journal journal) : Grain, INoteGrain
    {
        public override Task OnActivateAsync(CancellationToken cancellationToken)
        {
            journal.Add($"activated with '{note.State.Text}'");
            return Task.CompletedTask;
        }

        public Task<(string? Text, string? Etag, bool Exists)> Read() => Task.FromResult((note.State.Text, note.Etag, note.RecordExists));

        public Task Write(string text)
        {
            note.State.Text = text;
            return note.WriteStateAsync();
        }

        public Task Clear() => note.ClearStateAsync();

        public Task Leave()
        {
            DeactivateOnIdle();
            return Task.CompletedTask;
        }
    }

    private sealed class MemoryStorage : IGrainStorage
    {
        private readonly Dictionary<string, (object? State, int Version)> _records = [];

        internal IEnumerable<string> Keys => _records.Keys;

        public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
        {
            if (_records.TryGetValue(Key(stateName, grainId), out var record))
                (grainState.State, grainState.ETag, grainState.RecordExists) = ((T?)record.State, $"{record.Version}", true);
            return Task.CompletedTask;
        }

        public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
        {
            var version = _records.GetValueOrDefault(Key(stateName, grainId)).Version;
            if (grainState.ETag != (version == 0 ? null : $"{version}"))
                throw new InconsistentStateException("Somebody else wrote.", $"{version}", grainState.ETag);
            _records[Key(stateName, grainId)] = (grainState.State, version + 1);
            (grainState.ETag, grainState.RecordExists) = ($"{version + 1}", true);
            return Task.CompletedTask;
        }

        public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
        {
            _records.Remove(Key(stateName, grainId));
            (grainState.State, grainState.ETag, grainState.RecordExists) = (default, null, false);
            return Task.CompletedTask;
        }

        private static string Key(string stateName, GrainId grainId) => $"{stateName}/{grainId}";
    }
}
