package io.awa.reactive.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.awa.reactive.AwaSchemaException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SqlTemplateTest {

    @Test
    void replacesSchemaAndNumberOfChildren() {
        assertThat(expand("My \"S'", 3, "select ${schema}.f(${schema_literal}, ${children}, $1, '${schema}');"))
                .isEqualTo("select \"My \"\"S'\".f('My \"S''', 3, $1, '\"My \"\"S'\"');\n");
    }

    @Test
    void repeatsAWholeFileForEachChild() {
        assertThat(expand("awa", 2, "-- awa:for-each-child\ncreate table ${schema}.jobs_${child} (x int);\n"))
                .isEqualTo("create table \"awa\".jobs_0 (x int);\ncreate table \"awa\".jobs_1 (x int);\n");
    }

    @Test
    void repeatsBlocksForEachChild() {
        assertThat(expand("awa", 2, """
                                case k
                                  -- awa:each-child
                                  when ${child} then
                                    a_${child}();
                                  -- awa:end
                                end;
                                -- awa:each-child
                                x${child}
                                -- awa:end
                                """)).isEqualTo("""
                        case k
                          when 0 then
                            a_0();
                          when 1 then
                            a_1();
                        end;
                        x0
                        x1
                        """);
    }

    @Test
    void neverLooksAtWhatItPutIn() {
        assertThat(expand("a${child}", 2, "${schema}")).isEqualTo("\"a${child}\"\n");
        assertThat(expand("a\\1$2", 2, "${schema}")).isEqualTo("\"a\\1$2\"\n");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "${child}",
                "${nothing}",
                "${}",
                "-- awa:each-child\n${child}",
                "-- awa:end",
                "-- awa:each-child\n-- awa:each-child\n-- awa:end\n-- awa:end",
                "-- awa:for-each-child\n-- awa:each-child\n-- awa:end"
            })
    void namesTheFileItCannotExpand(String text) {
        assertThatThrownBy(() -> expand("awa", 2, text))
                .isInstanceOf(AwaSchemaException.class)
                .hasMessageContaining("functions/f.sql");
    }

    private static String expand(String schema, int children, String text) {
        return new SqlTemplate(new SchemaName(schema), children).expand(new SqlFile("functions/f.sql", text));
    }
}
