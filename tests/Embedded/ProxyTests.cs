using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Orleans.Runtime;

namespace FlashSale.Embedded.Tests;

public sealed class ProxyTests
{
    public interface IBaseGrain : IGrainWithStringKey
    {
        Task<string> Inherited(string text);
    }

    public interface IShapesGrain : IBaseGrain
    {
        Task Plain();

        Task<(int, string)> Result(int number, string text);

        ValueTask ValuePlain(long number);

        ValueTask<Guid> ValueResult(Guid id);

        Task<int> Seven(int a, byte b, string c, decimal d, int? e, int[] f, CancellationToken g);

        Task<string> Overloaded(int number);

        Task<string> Overloaded(string text);

        Task Throw(string how);

        ValueTask ThrowValue(string how);
    }

    public interface IRefGrain : IGrainWithStringKey
    {
        Task Out(out int number);
    }

    public interface ISynchronousGrain : IGrainWithStringKey
    {
        int Now();
    }

    public interface IGenericMethodGrain : IGrainWithStringKey
    {
        Task<T> Any<T>(T value);
    }

    public interface IWideGrain : IGrainWithStringKey
    {
        Task Eight(int a, int b, int c, int d, int e, int f, int g, int h);
    }

    public interface IPropertyGrain : IGrainWithStringKey
    {
        Task<int> Value { get; }
    }

    [Fact]
    public async Task Every_shape_of_method_is_called()
    {
        await using var engine = TestEngine.Start(typeof(ShapesGrain));
        var grain = engine.Grains.GetGrain<IShapesGrain>("g");
        await grain.Plain();
        Assert.Equal((7, "x"), await grain.Result(7, "x"));
        await grain.ValuePlain(8);
        var id = new Guid(1, 2, 3, [4, 5, 6, 7, 8, 9, 10, 11]);
        Assert.Equal(id, await grain.ValueResult(id));
        using var cancellation = new CancellationTokenSource();
        Assert.Equal(21, await grain.Seven(1, 2, "3", 4, 5, [6], cancellation.Token));
        Assert.Equal("number 1", await grain.Overloaded(1));
        Assert.Equal("text 1", await grain.Overloaded("1"));
        Assert.Equal("inherited x", await grain.Inherited("x"));
        Assert.Equal("inherited y", await engine.Grains.GetGrain<IBaseGrain>("g").Inherited("y"));
        Assert.Equal(["Plain", "ValuePlain 8"], engine.Journal.Lines);
    }

    [Theory]
    [InlineData("at once")]
    [InlineData("later")]
    [InlineData("in the task")]
    public async Task Exceptions_reach_the_caller_as_they_are(string how)
    {
        await using var engine = TestEngine.Start(typeof(ShapesGrain));
        var grain = engine.Grains.GetGrain<IShapesGrain>("g");
        Assert.Same(ShapesGrain.Failure, await Assert.ThrowsAsync<InvalidOperationException>(() => grain.Throw(how)));
        Assert.Same(ShapesGrain.Failure, await Assert.ThrowsAsync<InvalidOperationException>(() => grain.ThrowValue(how).AsTask()));
    }

    [Fact]
    public async Task References_are_equal_by_grain()
    {
        await using var engine = TestEngine.Start(typeof(ShapesGrain));
        var one = engine.Grains.GetGrain<IShapesGrain>("g");
        Assert.Equal<object>(one, engine.Grains.GetGrain<IBaseGrain>("g"));
        Assert.NotEqual<object>(one, engine.Grains.GetGrain<IShapesGrain>("h"));
        Assert.Equal(GrainId.Create("shapes", "g"), one.GetGrainId());
        Assert.Equal("g", one.GetPrimaryKeyString());
        Assert.Equal<object>(one, one.AsReference<IBaseGrain>());
        Assert.Equal<object>(one, engine.Grains.GetGrain<IShapesGrain>(one.GetGrainId()));
        Assert.Equal<object>(one, engine.Grains.GetGrain(typeof(IShapesGrain), "g"));
    }

    [Theory]
    [InlineData(typeof(RefGrain), "by reference")]
    [InlineData(typeof(SynchronousGrain), "returns System.Int32")]
    [InlineData(typeof(GenericMethodGrain), "generic")]
    [InlineData(typeof(WideGrain), "more than 7")]
    [InlineData(typeof(PropertyGrain), "plain methods")]
    [InlineData(typeof(NoGrain), "no grain interface")]
    public void Unsupported_shapes_fail_at_start(Type grainClass, string why)
    {
        var exception = Assert.Throws<OrleansConfigurationException>(() => TestEngine.Start(grainClass));
        Assert.Contains(why, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_classes_for_an_interface_fail_at_start()
    {
        var exception = Assert.Throws<OrleansConfigurationException>(() => TestEngine.Start(typeof(ShapesGrain), typeof(OtherShapesGrain)));
        Assert.Contains("both implement", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_interface_without_a_class_is_refused()
    {
        await using var engine = TestEngine.Start(typeof(ShapesGrain));
        Assert.Throws<ArgumentException>(() => engine.Grains.GetGrain<IWideGrain>("g"));
    }

    private class ShapesGrain(Journal journal) : Grain, IShapesGrain
    {
        internal static readonly InvalidOperationException Failure = new("as it is");

        public Task<string> Inherited(string text) => Task.FromResult($"inherited {text}");

        public Task Plain()
        {
            journal.Add(nameof(Plain));
            return Task.CompletedTask;
        }

        public Task<(int, string)> Result(int number, string text) => Task.FromResult((number, text));

        public async ValueTask ValuePlain(long number)
        {
            await Task.Yield();
            journal.Add($"{nameof(ValuePlain)} {number}");
        }

        public async ValueTask<Guid> ValueResult(Guid id)
        {
            await Task.Yield();
            return id;
        }

        public Task<int> Seven(int a, byte b, string c, decimal d, int? e, int[] f, CancellationToken g) =>
            Task.FromResult(a + b + int.Parse(c) + (int)d + e!.Value + f[0] + (g.CanBeCanceled ? 0 : 1000));

        public Task<string> Overloaded(int number) => Task.FromResult($"number {number}");

        public Task<string> Overloaded(string text) => Task.FromResult($"text {text}");

        public Task Throw(string how) => how switch
        {
            "at once" => throw Failure,
            "later" => Later(),
            _ => Task.FromException(Failure),
        };

        public ValueTask ThrowValue(string how) => new(Throw(how));

        private static async Task Later()
        {
            await Task.Yield();
            throw Failure;
        }
    }

    private sealed class OtherShapesGrain(Journal journal) : ShapesGrain(journal);

    private sealed class RefGrain : Grain, IRefGrain
    {
        public Task Out(out int number) => Task.FromResult(number = 1);
    }

    private sealed class SynchronousGrain : Grain, ISynchronousGrain
    {
        public int Now() => 1;
    }

    private sealed class GenericMethodGrain : Grain, IGenericMethodGrain
    {
        public Task<T> Any<T>(T value) => Task.FromResult(value);
    }

    private sealed class WideGrain : Grain, IWideGrain
    {
        public Task Eight(int a, int b, int c, int d, int e, int f, int g, int h) => Task.CompletedTask;
    }

    private sealed class PropertyGrain : Grain, IPropertyGrain
    {
        public Task<int> Value => Task.FromResult(1);
    }

    private sealed class NoGrain : Grain;
}
