using System.Text;
using FlashSale.Drop.Http;

namespace FlashSale.Drop.Tests;

public sealed class ResponseParserTests
{
    const string Plain = "HTTP/1.1 409 Conflict\r\nDate: x\r\ncontent-LENGTH: 5\r\n\r\nhello";
    const string Chunked = "HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\n\r\n";

    [Theory]
    [InlineData(Plain, 409, "hello", false)]
    [InlineData(Chunked, 201, "abc0123456789", true)]
    [InlineData("HTTP/1.1 204 No Content\r\nServer: k\r\n\r\n", 204, "", false)]
    public void A_whole_answer_is_read(string wire, int status, string body, bool closes)
    {
        var bytes = Encoding.ASCII.GetBytes(wire);
        Assert.Equal(ParseState.Complete, ResponseParser.TryParse(bytes, out var parsed));
        Assert.Equal((status, closes, bytes.Length), (parsed.Status, parsed.Closes, parsed.Consumed));
        Assert.Equal(body, Encoding.ASCII.GetString(bytes, parsed.BodyStart, parsed.BodyLength));
    }

    [Theory]
    [InlineData(Plain)]
    [InlineData(Chunked)]
    public void Every_beginning_of_an_answer_asks_for_more_and_changes_nothing(string wire)
    {
        for (var length = 0; length < wire.Length; length++)
        {
            var bytes = Encoding.ASCII.GetBytes(wire[..length]);
            Assert.Equal(ParseState.NeedMore, ResponseParser.TryParse(bytes, out _));
            Assert.Equal(wire[..length], Encoding.ASCII.GetString(bytes));
        }
    }

    [Theory]
    [InlineData("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("HTTP/1.1 2x0 OK\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 1x\r\n\r\nab")]
    [InlineData("HTTP/1.1 200 OK\r\n\r\nuntil the end")]
    [InlineData("HTTP/1.1 200 OK\r\nno colon\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabcd\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7fffffff\r\n")]
    public void What_is_no_answer_is_refused(string wire) =>
        Assert.Equal(ParseState.Malformed, ResponseParser.TryParse(Encoding.ASCII.GetBytes(wire), out _));
}
