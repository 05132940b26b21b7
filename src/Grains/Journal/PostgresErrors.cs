using System.Net.Sockets;
using Npgsql;

namespace FlashSale.Grains.Journal;

/// <summary>What an error of PostgreSQL means: to the caller (did anything happen?) and to an operator (what to do?).</summary>
internal static class PostgresErrors
{
    /// <summary>
    /// True where the server itself said that the autocommitted statement failed: it was rolled back. An error that ends the session may come
    /// while the commit is under way, so after a shutdown, a crash or a lost connection nobody knows.
    /// </summary>
    public static bool IsRolledBack(PostgresException e) =>
        e.InvariantSeverity == "ERROR" && !e.SqlState.StartsWith("08", StringComparison.Ordinal) && !e.SqlState.StartsWith("57P", StringComparison.Ordinal);

    public static JournalRolledBackException RolledBack(PostgresException e) =>
        new($"The database refused, and nothing was changed: {e.SqlState}: {e.MessageText}", e);

    /// <summary>A connection for a call: as long as there is none, nothing can have happened.</summary>
    public static async Task<NpgsqlConnection> Open(NpgsqlDataSource source)
    {
        try
        {
            return await source.OpenConnectionAsync();
        }
        catch (Exception e)
        {
            throw new JournalRolledBackException($"The database could not be reached; nothing was done: {e.Message}", e);
        }
    }

    /// <summary>For the start. Names the place, never the password.</summary>
    public static JournalUnusableException Unusable(string place, Exception e) => e switch
    {
        JournalUnusableException unusable => unusable,
        PostgresException p => new(OneLine($"PostgreSQL at {place} {Advise(p)}"), p),
        NpgsqlException { InnerException: SocketException or TimeoutException or IOException } n =>
            new(OneLine($"PostgreSQL at {place} cannot be reached ({n.InnerException!.Message}): start it, or correct the connection string."), n),
        _ => new(OneLine($"PostgreSQL at {place} cannot be used: {e.Message}"), e),
    };

    private static string Advise(PostgresException e) => e.SqlState switch
    {
        PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification =>
            $"refuses this user ({e.MessageText}): correct the user name and the password.",
        PostgresErrorCodes.InvalidCatalogName => $"has no such database ({e.MessageText}): create it, or correct the connection string.",
        PostgresErrorCodes.InsufficientPrivilege => $"denies this user what the journal needs ({e.MessageText}): grant it.",
        PostgresErrorCodes.TooManyConnections => "has no connection left: raise max_connections, or lower the journal's.",
        PostgresErrorCodes.CannotConnectNow => $"is not up yet ({e.MessageText}): start this process again when it is.",
        PostgresErrorCodes.UndefinedObject => $"lacks a setting ({e.MessageText}): use PostgreSQL 14 or newer.",
        PostgresErrorCodes.InvalidSchemaName => "has no schema to make tables in: create it, or correct the search path of the connection string.",
        _ => $"cannot be used: {e.SqlState}: {e.MessageText}",
    };

    private static string OneLine(string text) => text.ReplaceLineEndings(" ");
}
