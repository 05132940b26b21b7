using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace FlashSale.Gateway.Http;

/// <summary>What a handler answers; written once all stages are behind it.</summary>
internal abstract class Answer
{
    public static readonly Answer NoContent = new BodylessAnswer(StatusCodes.Status204NoContent);

    public static readonly Answer NotModified = new BodylessAnswer(StatusCodes.Status304NotModified);

    /// <summary>A JSON body, written by the resource's own writer.</summary>
    public static Answer Json<T>(T value, Action<Utf8JsonWriter, T> write, int status = StatusCodes.Status200OK) =>
        new JsonAnswer<T>(status, value, write);

    public abstract Task Write(HttpResponse response);

    private sealed class BodylessAnswer(int status) : Answer
    {
        public override Task Write(HttpResponse response)
        {
            response.StatusCode = status;
            return Task.CompletedTask;
        }
    }

    private sealed class JsonAnswer<T>(int status, T value, Action<Utf8JsonWriter, T> write) : Answer
    {
        public override async Task Write(HttpResponse response)
        {
            var buffer = JsonBuffer.Rent();
            write(buffer.Writer, value);
            response.StatusCode = status;
            response.ContentType = "application/json";
            await buffer.CopyTo(response);
            buffer.Return();
        }
    }
}

/// <summary>A writer over memory that is kept for the next answer. Not returned after an exception, since half a document may be in it.</summary>
internal sealed class JsonBuffer
{
    private const int MaxKeptBytes = 64 * 1024;

    [ThreadStatic]
    private static JsonBuffer? spare;

    private readonly ArrayBufferWriter<byte> _bytes = new(1024);

    // Answers are never embedded in HTML, so letters of all scripts go out as they are.
    private JsonBuffer() => Writer = new Utf8JsonWriter(_bytes, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    public Utf8JsonWriter Writer { get; }

    public static JsonBuffer Rent()
    {
        var buffer = spare ?? new JsonBuffer();
        spare = null;
        return buffer;
    }

    /// <summary>The bytes of one document written by <paramref name="write"/>.</summary>
    public static byte[] ToBytes<T>(T value, Action<Utf8JsonWriter, T> write)
    {
        var buffer = Rent();
        write(buffer.Writer, value);
        buffer.Writer.Flush();
        var result = buffer._bytes.WrittenSpan.ToArray();
        buffer.Return();
        return result;
    }

    public async Task CopyTo(HttpResponse response)
    {
        Writer.Flush();
        response.ContentLength = _bytes.WrittenCount;
        await response.BodyWriter.WriteAsync(_bytes.WrittenMemory);
    }

    public void Return()
    {
        if (_bytes.Capacity > MaxKeptBytes) return;
        _bytes.ResetWrittenCount();
        Writer.Reset();
        spare = this;
    }
}
