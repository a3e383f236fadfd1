package io.awa.reactive.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.awa.reactive.schema.MigrationReport;
import io.awa.reactive.schema.SchemaMigrator;
import org.junit.jupiter.api.Test;

/** A new version of the library loads its functions while business transactions are open, and nobody waits. */
class FunctionReloadTest extends StorageTest {

    @Test
    void waitsForNoProducerAndNobodyForIt() {
        b.begin();
        b.enqueue(1);
        a.run("update schema_functions set hash = 'of an older version'");

        MigrationReport report = SchemaMigrator.of(postgres().connections())
                .schema(schema())
                .children(children())
                .migrate()
                .block(Session.PATIENCE);

        assertThat(report).isNotNull().matches(MigrationReport::functionsReplaced);
        assertThat(c.enqueue(1)).hasSize(1);
        b.commit();
        assertThat(a.claim(5).size()).isEqualTo(2);
        assertThat(a.refusal("insert into jobs_0 (pos, kind, args) values (1, 1, '{}')"))
                .as("the guard is there")
                .isEqualTo("55000");
    }
}
