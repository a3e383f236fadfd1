package io.awa.reactive.schema;

import static org.assertj.core.api.Assertions.assertThat;

import io.awa.reactive.testkit.AwaPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The library's SQL applied by other means gives what the migrator gives. */
class ExtractedSqlTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final AwaPostgres POSTGRES = AwaPostgres.shared();

    @ParameterizedTest
    @ValueSource(strings = {"awa", "My \"S' %"})
    void theScriptGivesTheSameObjects(String base) {
        String script = POSTGRES.freshSchema(base);
        String migrated = POSTGRES.freshSchema(base);
        query(SqlCatalogue.bundled().script(script, 3));
        migrator(migrated).children(3).migrate().block(PATIENCE);

        assertThat(objects(script)).hasSizeGreaterThan(20).isEqualTo(objects(migrated));
        assertThat(migrator(script).migrate().block(PATIENCE).changedAnything()).isFalse();
        assertThat(migrator(script).status().block(PATIENCE).upToDate()).isTrue();
    }

    @Test
    void filesGiveTheSameObjectsAndFunctionsMayRunAgain(@TempDir Path folder) throws IOException {
        String schema = POSTGRES.freshSchema();
        String migrated = POSTGRES.freshSchema();
        List<Path> files = SqlCatalogue.bundled().extractTo(folder, schema);
        for (Path file : files) {
            query(Files.readString(file));
        }
        query(Files.readString(files.get(files.size() - 1)));
        migrator(migrated).migrate().block(PATIENCE);

        assertThat(objects(schema)).isEqualTo(objects(migrated));
        assertThat(migrator(schema).migrate().block(PATIENCE).changedAnything()).isFalse();
    }

    private static SchemaMigrator migrator(String schema) {
        return SchemaMigrator.of(POSTGRES.connections()).schema(schema);
    }

    /** Everything in a schema by definition, its own name taken out of the texts. */
    private static List<String> objects(String schema) {
        SchemaName name = new SchemaName(schema);
        return query("""
                select c.relkind::text || ' ' || c.relname || ' ' || coalesce(c.reloptions::text, '') || ' '
                       || coalesce((select string_agg(a.attname || ':' || format_type(a.atttypid, a.atttypmod)
                                                      || ':' || a.attnotnull, ',' order by a.attnum)
                                      from pg_attribute a where a.attrelid = c.oid and a.attnum > 0), '')
                  from pg_class c where c.relnamespace = n.oid and c.relkind <> 'i'
                union all
                select 'index ' || pg_get_indexdef(i.indexrelid)
                  from pg_index i join pg_class c on c.oid = i.indrelid where c.relnamespace = n.oid
                union all
                select 'constraint ' || conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid)
                  from pg_constraint where connamespace = n.oid
                union all
                select 'trigger ' || pg_get_triggerdef(t.oid)
                  from pg_trigger t join pg_class c on c.oid = t.tgrelid
                 where c.relnamespace = n.oid and not t.tgisinternal
                union all
                select 'function ' || pg_get_functiondef(oid) from pg_proc where pronamespace = n.oid
                union all
                select 'type ' || typname || ' ' || typtype::text from pg_type where typnamespace = n.oid
                order by 1
                """.replace("n.oid", "(select oid from pg_namespace where nspname = " + name.literal() + ")"))
                .stream()
                .map(text -> text.replace(name.quoted(), "S")
                        .replace(name.literal(), "L")
                        .replace(schema, "S"))
                .sorted()
                .toList();
    }

    private static List<String> query(String sql) {
        return POSTGRES.query(sql).collectList().block(PATIENCE);
    }
}
