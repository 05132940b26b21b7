using System.Text;

namespace FlashSale.Drop.Hosting;

/// <summary>Splits --server into words; quotes keep blanks together, nothing else is special.</summary>
internal static class CommandLine
{
    public static IReadOnlyList<string> Split(string command)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        var (quote, inWord) = ('\0', false);
        foreach (var c in command)
        {
            if (quote != '\0' && c == quote)
                quote = '\0';
            else if (quote == '\0' && (c is '"' or '\''))
                (quote, inWord) = (c, true);
            else if (quote == '\0' && char.IsWhiteSpace(c))
                Flush();
            else
                (_, inWord) = (word.Append(c), true);
        }

        if (quote != '\0')
            throw new DropException($"--server has an open {quote}.");
        Flush();
        return words;

        void Flush()
        {
            if (inWord)
                words.Add(word.ToString());
            word.Clear();
            inWord = false;
        }
    }
}
