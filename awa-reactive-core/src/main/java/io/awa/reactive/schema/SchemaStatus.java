package io.awa.reactive.schema;

import java.util.List;

/**
 * How a schema stands against this library.
 *
 * @param schema           the schema's name
 * @param current          the database's version, 0 where nothing was applied yet
 * @param latest           the library's version
 * @param pending          the files {@link SchemaMigrator#migrate()} would apply, in order
 * @param functionsCurrent whether the functions in the database are the library's
 * @param children         how many children the ring has, or would get
 */
public record SchemaStatus(
        String schema, int current, int latest, List<String> pending, boolean functionsCurrent, int children) {

    /** Copies the list. */
    public SchemaStatus {
        pending = List.copyOf(pending);
    }

    /** Whether the database was migrated by a newer library, which this one must not work with. */
    public boolean newer() {
        return current > latest;
    }

    /** Whether there is nothing to do. */
    public boolean upToDate() {
        return current == latest && functionsCurrent;
    }
}
