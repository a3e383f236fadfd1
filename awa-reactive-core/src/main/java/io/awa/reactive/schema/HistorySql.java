package io.awa.reactive.schema;

import io.awa.reactive.schema.SqlFile.Migration;

/**
 * The SQL of the migrator's own tables, the same for the migrator and for extracted scripts.
 *
 * @param schema the schema
 */
record HistorySql(SchemaName schema) {

    static final String HISTORY = "schema_history";
    static final String FUNCTIONS = "schema_functions";
    static final String SETTINGS = "settings";

    /**
     * Those of our tables that are there; $1 is the schema. The catalogue is read directly, since looking a table up by
     * its name fails without the right to use its schema.
     */
    static final String PROBE = """
            SELECT c.relname::text
              FROM pg_catalog.pg_class c
              JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
             WHERE n.nspname::text = $1 AND c.relname IN ('schema_history', 'schema_functions', 'settings')""";

    /**
     * Creates schema and tables where they are missing. CREATE SCHEMA IF NOT EXISTS asks for the right to create before
     * it looks whether there is anything to do, hence the block: its body needs no right when the schema is there.
     */
    String create() {
        return """
                DO $awa_create$
                BEGIN
                    IF NOT EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname::text = %s) THEN
                        CREATE SCHEMA %s;
                    END IF;
                END
                $awa_create$;
                CREATE TABLE IF NOT EXISTS %s (
                    version int PRIMARY KEY,
                    name text NOT NULL,
                    checksum text NOT NULL,
                    applied_at timestamptz NOT NULL DEFAULT now()
                );
                CREATE TABLE IF NOT EXISTS %s (
                    singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
                    hash text NOT NULL,
                    applied_at timestamptz NOT NULL DEFAULT now()
                );
                """.formatted(schema.literal(), schema.quoted(), table(HISTORY), table(FUNCTIONS));
    }

    // Names and checksums consist of letters, digits and a few harmless signs: they need no quoting.
    String record(Migration migration) {
        return "INSERT INTO %s (version, name, checksum) VALUES (%d, '%s', '%s');\n"
                .formatted(table(HISTORY), migration.version(), migration.name(), migration.checksum());
    }

    String recordFunctions(String hash) {
        return """
                INSERT INTO %s AS known (hash) VALUES ('%s')
                ON CONFLICT (singleton) DO UPDATE SET hash = excluded.hash, applied_at = now();
                """.formatted(table(FUNCTIONS), hash);
    }

    String readHistory() {
        return "SELECT version, name, checksum FROM " + table(HISTORY) + " ORDER BY version";
    }

    String readFunctionsHash() {
        return "SELECT hash FROM " + table(FUNCTIONS);
    }

    String readChildren() {
        return "SELECT value FROM " + table(SETTINGS) + " WHERE key = 'children'";
    }

    private String table(String name) {
        return schema.quoted() + "." + name;
    }
}
