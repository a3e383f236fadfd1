package io.awa.reactive.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.awa.reactive.AwaSchemaException;
import io.awa.reactive.AwaValidationException;
import io.awa.reactive.schema.SqlFile.Migration;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SqlCatalogueTest {

    private static final SqlCatalogue SMALL = MapCatalogue.of(Map.of(
            "functions/b.sql", "create function ${schema}.b() returns int language sql as 'select 1';",
            "migrations/V002__more.sql", "create table ${schema}.more (x int)",
            "migrations/V001__start.sql", "create table ${schema}.start_${children} (x int);\r\n",
            "functions/a.sql", "-- awa:for-each-child\nselect ${child};\n"));

    @Test
    void ordersMigrationsByVersion() {
        assertThat(SMALL.migrations()).extracting(Migration::version).containsExactly(1, 2);
        assertThat(SMALL.migrations()).extracting(Migration::name).containsExactly("start", "more");
        assertThat(SMALL.latest()).isEqualTo(2);
    }

    @Test
    void sumsTheFileAsWrittenWhateverEndsItsLines() {
        SqlCatalogue unix = MapCatalogue.of(
                Map.of("migrations/V001__start.sql", "create table ${schema}.start_${children} (x int);\n"));
        assertThat(unix.migrations().get(0).checksum())
                .isEqualTo(SMALL.migrations().get(0).checksum())
                .isEqualTo(SqlFile.sha256("create table ${schema}.start_${children} (x int);\n"))
                .matches("[0-9a-f]{64}");
    }

    @Test
    void loadsFunctionsInOrderAsOneText() {
        assertThat(SMALL.functions(SqlCatalogue.template(new SchemaName("s"), 2)))
                .isEqualTo("""
                        -- functions/a.sql
                        select 0;
                        select 1;
                        -- functions/b.sql
                        create function "s".b() returns int language sql as 'select 1';
                        """);
    }

    @Test
    void writesOneScript() {
        assertThat(SMALL.script("My S", 4))
                .containsSubsequence(
                        "CREATE SCHEMA \"My S\";",
                        "CREATE TABLE IF NOT EXISTS \"My S\".schema_history",
                        "create table \"My S\".start_4 (x int);",
                        "INSERT INTO \"My S\".schema_history (version, name, checksum) VALUES (1, 'start', '",
                        "create table \"My S\".more (x int)\n;",
                        "VALUES (2, 'more', '",
                        "select 3;",
                        "INSERT INTO \"My S\".schema_functions")
                .doesNotContain("${", "awa:");
    }

    @Test
    void writesFilesForFlyway(@TempDir Path folder) throws IOException {
        List<Path> files = SMALL.extractTo(folder.resolve("new"), "s");

        assertThat(files)
                .extracting(file -> file.getFileName().toString())
                .containsExactly("V001__start.sql", "V002__more.sql", "R__functions.sql");
        assertThat(Files.readString(files.get(0))).contains("CREATE SCHEMA", "start_8");
        assertThat(Files.readString(files.get(1)))
                .doesNotContain("CREATE SCHEMA")
                .contains("more");
        assertThat(Files.readString(files.get(2))).contains("function \"s\".b()");
        assertThat(String.join(
                        "\n",
                        Files.readString(files.get(0)),
                        Files.readString(files.get(1)),
                        Files.readString(files.get(2))))
                .isEqualTo(SMALL.script("s"));
        assertThat(SMALL.extractTo(folder.resolve("new"), "s")).isEqualTo(files);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 65, 0, -1})
    void refusesNumbersOfChildren(int children) {
        assertThatThrownBy(() -> SMALL.script("s", children))
                .isInstanceOf(AwaValidationException.class)
                .hasMessage("children: refused \"" + children + "\"; limit: 2 to 64");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "migrations/V002__gap.sql",
                "migrations/V1__short.sql",
                "migrations/U001__undo.sql",
                "migrations/V001__it's.sql",
                "other/x.sql"
            })
    void namesAFileThatDoesNotBelong(String path) {
        assertThatThrownBy(() -> MapCatalogue.of(Map.of(path, "select 1;")))
                .isInstanceOf(AwaSchemaException.class)
                .hasMessageContaining(path);
    }

    @Test
    void refusesOneVersionTwice() {
        assertThatThrownBy(() -> MapCatalogue.of(Map.of("migrations/V001__a.sql", "", "migrations/V001__b.sql", "")))
                .isInstanceOf(AwaSchemaException.class)
                .hasMessageContaining("twice");
    }

    @Test
    void namesAMissingFile() {
        assertThatThrownBy(() ->
                        SqlCatalogue.fromClassPath("no/such/folder", getClass().getClassLoader()))
                .isInstanceOf(AwaSchemaException.class)
                .hasMessageContaining("no/such/folder/index");
    }

    @Test
    void bringsSqlThatExpandsForAnySchema() {
        SqlCatalogue bundled = SqlCatalogue.bundled();

        assertThat(bundled.latest()).isPositive();
        assertThat(bundled.script("awa", 64)).doesNotContain("${", "-- awa:");
        assertThat(bundled.script("o'brien \"x\"", 2)).contains("\"o'brien \"\"x\"\"\"");
    }
}
