package io.awa.reactive.schema;

import java.util.List;

/**
 * What {@link SchemaMigrator#migrate()} did.
 *
 * @param schema            the schema's name
 * @param from              the version found, 0 for a new schema
 * @param to                the version now
 * @param applied           the files applied by this call, in order; empty when another start had done the work
 * @param functionsReplaced whether the functions differed and were loaded
 * @param children          how many children the ring has
 */
public record MigrationReport(
        String schema, int from, int to, List<String> applied, boolean functionsReplaced, int children) {

    /** Copies the list. */
    public MigrationReport {
        applied = List.copyOf(applied);
    }

    /** Whether anything in the database was changed. */
    public boolean changedAnything() {
        return functionsReplaced || !applied.isEmpty();
    }
}
