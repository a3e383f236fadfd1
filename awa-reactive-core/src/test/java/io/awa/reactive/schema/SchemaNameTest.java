package io.awa.reactive.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.awa.reactive.AwaValidationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.NullAndEmptySource;
import org.junit.jupiter.params.provider.ValueSource;

class SchemaNameTest {

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            value = {
                "awa        | \"awa\"         | 'awa'",
                "My Schema  | \"My Schema\"   | 'My Schema'",
                "sel\"ect   | \"sel\"\"ect\"  | 'sel\"ect'",
                "o'brien    | \"o'brien\"     | 'o''brien'",
                "a\\b'      | \"a\\b'\"       | E'a\\\\b'''",
                "schéma     | \"schéma\"      | 'schéma'",
                "a$b        | \"a$b\"         | 'a$b'",
                "PG_x       | \"PG_x\"        | 'PG_x'"
            },
            delimiter = '|')
    void isQuotedForIdentifiersAndLiterals(String name, String quoted, String literal) {
        SchemaName schema = new SchemaName(name);

        assertThat(schema.quoted()).isEqualTo(quoted);
        assertThat(schema.literal()).isEqualTo(literal);
        assertThat(schema).hasToString(name);
    }

    @Test
    void isMeasuredInBytesAsPostgresDoes() {
        assertThat(new SchemaName("s".repeat(63)).name()).hasSize(63);
        assertThat(new SchemaName("é".repeat(31)).name()).hasSize(31);
        assertThatThrownBy(() -> new SchemaName("s".repeat(64)))
                .isInstanceOf(AwaValidationException.class)
                .hasMessageContaining("schema")
                .hasMessageContaining("at most 63 bytes");
        assertThatThrownBy(() -> new SchemaName("é".repeat(32))).isInstanceOf(AwaValidationException.class);
    }

    @ParameterizedTest
    @NullAndEmptySource
    @ValueSource(
            strings = {
                " ",
                "a\u0000b",
                "a\nb",
                "a\uD83D",
                "pg_",
                "pg_awa",
                "pg_temp_1",
                "information_schema",
                "a$$b",
                "$x$",
                "a/*b",
                "a*/b"
            })
    void refusesNamesThatAreReservedOrBreakOut(String name) {
        assertThatThrownBy(() -> new SchemaName(name))
                .isInstanceOf(AwaValidationException.class)
                .hasMessageStartingWith("schema: refused");
    }
}
