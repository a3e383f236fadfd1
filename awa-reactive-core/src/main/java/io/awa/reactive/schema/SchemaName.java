package io.awa.reactive.schema;

import io.awa.reactive.AwaValidationException;
import io.awa.reactive.internal.Checks;
import java.nio.charset.StandardCharsets;

/**
 * The name of the schema that holds one queue's tables and functions, exactly as PostgreSQL stores it: capitals, spaces
 * and quotes are kept.
 *
 * @param name the name without quotes
 */
public record SchemaName(String name) {

    /** The schema where none is named: {@value}. */
    public static final String DEFAULT = "awa";

    private static final String FIELD = "schema";
    private static final int MAX_BYTES = 63;

    /**
     * Checks the name.
     *
     * @throws AwaValidationException if PostgreSQL would refuse, cut off or reserve the name, or if it could end a
     *     comment or a dollar-quoted body of the SQL it is written into
     */
    public SchemaName {
        Checks.name(FIELD, name);
        if (name.getBytes(StandardCharsets.UTF_8).length > MAX_BYTES) {
            throw new AwaValidationException(FIELD, name, "at most " + MAX_BYTES + " bytes of UTF-8");
        }
        if (name.startsWith("pg_") || name.equals("information_schema")) {
            throw new AwaValidationException(FIELD, name, "a name PostgreSQL does not reserve");
        }
        if (name.indexOf('$') != name.lastIndexOf('$')) {
            throw new AwaValidationException(FIELD, name, "at most one dollar sign, since two quote a body");
        }
        if (name.contains("/*") || name.contains("*/")) {
            throw new AwaValidationException(FIELD, name, "no comment marks");
        }
    }

    /** The name as an SQL identifier, always in double quotes: {@code "awa"}. */
    public String quoted() {
        return '"' + name.replace("\"", "\"\"") + '"';
    }

    /** The name as an SQL literal: {@code 'awa'}. */
    public String literal() {
        String doubled = "'" + name.replace("'", "''") + "'";
        // The plain form would depend on standard_conforming_strings.
        return name.indexOf('\\') < 0 ? doubled : "E" + doubled.replace("\\", "\\\\");
    }

    /** The name without quotes. */
    @Override
    public String toString() {
        return name;
    }
}
