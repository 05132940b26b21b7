using FlashSale.Grains.Journal;

namespace FlashSale.Grains.Tests.Journal;

/// <summary>What grain storage promises on any store. A store's own class says how to open it.</summary>
public abstract class GrainStateContract : IAsyncLifetime
{
    private protected abstract IGrainStates State { get; }

    private protected abstract Task Open();

    private protected abstract Task Close();

    private protected abstract Task Remove();

    public Task InitializeAsync() => Open();

    public async Task DisposeAsync()
    {
        await Close();
        await Remove();
    }

    [Fact]
    public async Task An_unseen_state_is_null() => Assert.Null(await State.Read("article", "sku-1"));

    [Fact]
    public async Task A_written_state_is_read_with_its_etag()
    {
        var etag = await State.Write("article", "sku-1", """{"name":"Diør 🎁"}""", expectedEtag: null);

        Assert.NotNull(etag);
        Assert.Equal(new StoredState("""{"name":"Diør 🎁"}""", etag), await State.Read("article", "sku-1"));
    }

    [Fact]
    public async Task Each_write_has_another_etag()
    {
        var first = await State.Write("article", "sku-1", "1", null);
        var second = await State.Write("article", "sku-1", "2", first);

        Assert.NotNull(second);
        Assert.NotEqual(first, second);
        Assert.Equal(new StoredState("2", second), await State.Read("article", "sku-1"));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("99")]
    [InlineData("x")]
    public async Task A_write_with_another_etag_changes_nothing(string? etag)
    {
        await State.Write("article", "sku-1", "1", null);

        Assert.Null(await State.Write("article", "sku-1", "2", etag));
        Assert.Equal("1", (await State.Read("article", "sku-1"))?.Payload);
    }

    [Fact]
    public async Task A_write_of_an_unseen_state_with_an_etag_changes_nothing()
    {
        Assert.Null(await State.Write("article", "sku-1", "1", "1"));
        Assert.Null(await State.Read("article", "sku-1"));
    }

    [Fact]
    public async Task A_deleted_state_is_gone_and_its_etags_never_match_again()
    {
        var first = (await State.Write("article", "sku-1", "1", null))!;
        Assert.False(await State.Delete("article", "sku-1", "99"));
        Assert.True(await State.Delete("article", "sku-1", first));
        Assert.Null(await State.Read("article", "sku-1"));

        Assert.Null(await State.Write("article", "sku-1", "2", first));
        Assert.NotNull(await State.Write("article", "sku-1", "3", null));
        Assert.Null(await State.Write("article", "sku-1", "4", first));
        Assert.False(await State.Delete("article", "sku-1", first));
        Assert.Equal("3", (await State.Read("article", "sku-1"))?.Payload);
    }

    [Fact]
    public async Task States_of_one_key_under_two_names_do_not_meet()
    {
        await State.Write("article", "sku-1", "\"a\"", null);
        await State.Write("price", "sku-1", "\"p\"", null);

        Assert.Equal("\"a\"", (await State.Read("article", "sku-1"))?.Payload);
        Assert.Equal("\"p\"", (await State.Read("price", "sku-1"))?.Payload);
    }

    [Fact]
    public async Task States_outlive_a_restart()
    {
        await State.Write("article", "sku-1", "1", null);
        await Reopen();

        Assert.Equal("1", (await State.Read("article", "sku-1"))?.Payload);
    }

    private async Task Reopen()
    {
        await Close();
        await Open();
    }
}
