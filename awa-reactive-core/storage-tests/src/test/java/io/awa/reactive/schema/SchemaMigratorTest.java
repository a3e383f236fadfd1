package io.awa.reactive.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.awa.reactive.AwaSchemaException;
import io.awa.reactive.AwaValidationException;
import io.awa.reactive.testkit.AwaPostgres;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;

/** Order, history and refusals. */
class SchemaMigratorTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final AwaPostgres POSTGRES = AwaPostgres.shared();

    private final SqlTexts small = SqlTexts.small();

    @Test
    void theFirstStartCreatesEverything() {
        String schema = POSTGRES.freshSchema();

        MigrationReport report = migrate(migrator(schema, small).children(3));

        assertThat(report)
                .isEqualTo(new MigrationReport(schema, 0, 2, List.of("V001__start.sql", "V002__more.sql"), true, 3));
        assertThat(report.changedAnything()).isTrue();
        assertThat(query("select relname from pg_class where relkind = 'r' and relnamespace = '" + schema
                        + "'::regnamespace order by 1"))
                .containsExactly(
                        "jobs_0", "jobs_1", "jobs_2", "more", "schema_functions", "schema_history", "settings");
        assertThat(query("select version || ' ' || name || ' ' || length(checksum) from " + schema
                        + ".schema_history order by version"))
                .containsExactly("1 start 64", "2 more 64");
        assertThat(query("select " + schema + ".add(2, 3)")).containsExactly("5");
    }

    @Test
    void theSecondStartFindsNothingToDo() {
        String schema = POSTGRES.freshSchema();
        migrate(migrator(schema, small));
        List<String> before = query("select xmin || ' ' || applied_at from " + schema + ".schema_functions");

        MigrationReport report = migrate(migrator(schema, small));

        assertThat(report).isEqualTo(new MigrationReport(schema, 2, 2, List.of(), false, 8));
        assertThat(report.changedAnything()).isFalse();
        assertThat(query("select xmin || ' ' || applied_at from " + schema + ".schema_functions"))
                .isEqualTo(before);
    }

    @Test
    void startsAtOnceConverge() {
        String schema = POSTGRES.freshSchema();
        SqlTexts slow = small.with("migrations/V003__slow.sql", "select pg_sleep(0.2);");

        List<MigrationReport> reports = Flux.range(0, 8)
                .flatMap(n -> migrator(schema, slow).migrate(), 8)
                .collectList()
                .block(PATIENCE);

        assertThat(reports).hasSize(8).allMatch(report -> report.to() == 3);
        assertThat(reports)
                .filteredOn(MigrationReport::changedAnything)
                .singleElement()
                .satisfies(report -> assertThat(report.applied()).hasSize(3));
        assertThat(query("select count(*) from " + schema + ".schema_history")).containsExactly("3");
    }

    @Test
    void aLaterReleaseAppliesWhatIsNew() {
        String schema = POSTGRES.freshSchema();
        migrate(migrator(schema, small.without("migrations/V002__more.sql")).children(5));

        MigrationReport report = migrate(migrator(schema, small).children(9));

        assertThat(report).isEqualTo(new MigrationReport(schema, 1, 2, List.of("V002__more.sql"), false, 5));
        assertThat(query("select value from " + schema + ".settings where key = 'children'"))
                .containsExactly("5");
    }

    @Test
    void functionsAreReplacedWhenTheyDiffer() {
        String schema = POSTGRES.freshSchema();
        migrate(migrator(schema, small));
        SqlTexts other = small.with(
                "functions/add.sql",
                "create or replace function ${schema}.add(int, int) returns int language sql as 'select 42';");

        assertThat(migrate(migrator(schema, other))).isEqualTo(new MigrationReport(schema, 2, 2, List.of(), true, 8));
        assertThat(query("select " + schema + ".add(2, 3)")).containsExactly("42");
        assertThat(migrate(migrator(schema, other)).changedAnything()).isFalse();
    }

    @Test
    void anEditedMigrationIsRefused() {
        String schema = POSTGRES.freshSchema();
        migrate(migrator(schema, small));
        SqlTexts edited = small.with("migrations/V002__more.sql", "create table ${schema}.more (x bigint)");

        assertThatThrownBy(() -> migrate(migrator(schema, edited)))
                .isInstanceOf(AwaSchemaException.class)
                .hasMessageContaining("migrations/V002__more.sql")
                .hasMessageContaining(schema)
                .hasMessageContaining("checksum");
        assertThatThrownBy(() -> migrator(schema, edited).status().block(PATIENCE))
                .isInstanceOf(AwaSchemaException.class);
    }

    @Test
    void aNewerDatabaseIsRefused() {
        String schema = POSTGRES.freshSchema();
        migrate(migrator(schema, small));
        SqlTexts older = small.without("migrations/V002__more.sql").with("functions/add.sql", "select 1;");

        assertThatThrownBy(() -> migrate(migrator(schema, older)))
                .isInstanceOf(AwaSchemaException.class)
                .hasMessageContaining("is at version 2")
                .hasMessageContaining("versions up to 1");
        assertThat(query("select " + schema + ".add(2, 3)")).containsExactly("5");
        SchemaStatus status = migrator(schema, older).status().block(PATIENCE);
        assertThat(status.newer()).isTrue();
        assertThat(status.upToDate()).isFalse();
    }

    @Test
    void aHistoryWithAGapIsRefused() {
        String schema = POSTGRES.freshSchema();
        migrate(migrator(schema, small));
        query("delete from " + schema + ".schema_history where version = 1");

        assertThatThrownBy(() -> migrate(migrator(schema, small)))
                .isInstanceOf(AwaSchemaException.class)
                .hasMessageContaining("version 1 is missing");
    }

    @Test
    void aFailingFirstMigrationLeavesNothing() {
        String schema = POSTGRES.freshSchema();
        SqlTexts broken = small.with(
                "migrations/V001__start.sql",
                "create table ${schema}.a (x int); select 1 / 0; create table b (x int);");

        assertThatThrownBy(() -> migrate(migrator(schema, broken)))
                .isInstanceOf(AwaSchemaException.class)
                .hasMessageContaining("migrations/V001__start.sql")
                .hasMessageContaining("rolled back")
                .hasMessageContaining("division by zero");
        assertThat(query("select count(*) from pg_namespace where nspname = '" + schema + "'"))
                .containsExactly("0");
    }

    @Test
    void aFailingLaterMigrationLeavesWhatCameBefore() {
        String schema = POSTGRES.freshSchema();
        SqlTexts broken = small.with("migrations/V002__more.sql", "create table ${schema}.more (x int); select 1/0");

        assertThatThrownBy(() -> migrate(migrator(schema, broken))).hasMessageContaining("V002__more.sql");
        assertThat(migrator(schema, small).status().block(PATIENCE))
                .isEqualTo(new SchemaStatus(schema, 1, 2, List.of("V002__more.sql"), false, 8));
        assertThat(migrate(migrator(schema, small)).applied()).containsExactly("V002__more.sql");
    }

    @Test
    void failingFunctionsLeaveTheOldOnes() {
        String schema = POSTGRES.freshSchema();
        migrate(migrator(schema, small));
        SqlTexts broken = small.with("functions/add.sql", "drop function ${schema}.add; nonsense");

        assertThatThrownBy(() -> migrate(migrator(schema, broken)))
                .isInstanceOf(AwaSchemaException.class)
                .hasMessageContaining("functions");
        assertThat(query("select " + schema + ".add(2, 3)")).containsExactly("5");
        assertThat(migrator(schema, small).status().block(PATIENCE).upToDate()).isTrue();
    }

    @Test
    void theStatusOfAMissingSchemaChangesNothing() {
        String schema = POSTGRES.freshSchema();

        assertThat(migrator(schema, small).children(4).status().block(PATIENCE))
                .isEqualTo(new SchemaStatus(schema, 0, 2, List.of("V001__start.sql", "V002__more.sql"), false, 4));
        assertThat(query("select count(*) from pg_namespace where nspname = '" + schema + "'"))
                .containsExactly("0");
        migrate(migrator(schema, small).children(4));
        assertThat(migrator(schema, small).status().block(PATIENCE))
                .isEqualTo(new SchemaStatus(schema, 2, 2, List.of(), true, 4));
    }

    @Test
    void tablesOfOthersInTheSchemaStay() {
        String schema = POSTGRES.freshSchema();
        query("create schema " + schema + "; create table " + schema + ".settings (their text)");

        assertThatThrownBy(() -> migrate(migrator(schema, small)))
                .isInstanceOf(AwaSchemaException.class)
                .hasMessageContaining("\"settings\" already exists");
        assertThat(query("select relname from pg_class where relnamespace = '" + schema + "'::regnamespace"
                        + " and relkind = 'r'"))
                .containsExactly("settings");
    }

    @Test
    void schemasStandSideBySide() {
        String one = POSTGRES.freshSchema();
        String two = POSTGRES.freshSchema();
        migrate(migrator(one, small).children(2));
        migrate(migrator(two, small.without("migrations/V002__more.sql")).children(3));

        assertThat(migrator(one, small).status().block(PATIENCE))
                .isEqualTo(new SchemaStatus(one, 2, 2, List.of(), true, 2));
        assertThat(migrator(two, small).status().block(PATIENCE))
                .isEqualTo(new SchemaStatus(two, 1, 2, List.of("V002__more.sql"), true, 3));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "My Schema",
                "sel\"ect",
                "schéma",
                "o'brien",
                "back\\slash",
                "per%cent",
                "dol$lar",
                "select",
                "${child}",
                "-- x",
                "схема \uD83D\uDE00"
            })
    void oddNamesWork(String base) {
        String schema = POSTGRES.freshSchema(base);
        SchemaMigrator migrator =
                SchemaMigrator.of(POSTGRES.connections()).schema(schema).children(2);

        MigrationReport report = migrate(migrator);

        assertThat(report.from()).isZero();
        assertThat(report.to()).isEqualTo(SqlCatalogue.bundled().latest());
        assertThat(migrate(migrator).changedAnything()).isFalse();
        assertThat(migrator.status().block(PATIENCE).upToDate()).isTrue();
        POSTGRES.drop(schema).block(PATIENCE);
    }

    @Test
    void settingsOutOfRangeAreRefused() {
        SchemaMigrator migrator = SchemaMigrator.of(POSTGRES.connections());
        assertThatThrownBy(() -> migrator.children(1)).isInstanceOf(AwaValidationException.class);
        assertThatThrownBy(() -> migrator.schema("pg_x")).isInstanceOf(AwaValidationException.class);
        assertThatThrownBy(() -> migrator.lockWait(Duration.ofMillis(-1)))
                .isInstanceOf(AwaValidationException.class)
                .hasMessageContaining("lockWait");
    }

    private static SchemaMigrator migrator(String schema, SqlTexts texts) {
        return SchemaMigrator.of(POSTGRES.connections()).schema(schema).catalogue(texts.catalogue());
    }

    private static MigrationReport migrate(SchemaMigrator migrator) {
        return migrator.migrate().block(PATIENCE);
    }

    private static List<String> query(String sql) {
        return POSTGRES.query(sql).collectList().block(PATIENCE);
    }
}
