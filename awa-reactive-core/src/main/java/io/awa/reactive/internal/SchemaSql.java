package io.awa.reactive.internal;

import io.awa.reactive.schema.SchemaName;

/**
 * Statements with the schema's name put in. Done once for each statement at construction: constant texts keep the
 * driver's cache of prepared statements small.
 *
 * @param schema the schema
 */
public record SchemaSql(SchemaName schema) {

    /** The text with {@code {awa}} replaced by the quoted name. */
    public String in(String sql) {
        return sql.replace("{awa}", schema.quoted());
    }
}
