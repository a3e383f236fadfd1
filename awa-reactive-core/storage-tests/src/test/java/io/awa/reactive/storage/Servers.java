package io.awa.reactive.storage;

import io.awa.reactive.schema.SchemaMigrator;
import io.awa.reactive.testkit.AwaPostgres;
import io.awa.reactive.testkit.OlderPostgres;

/** Other servers than the shared one, and schemas in them. */
final class Servers {

    private Servers() {}

    /** A migrated schema of four children with queue 1 ("q"), lane 1 and kind 1. */
    static String schema(AwaPostgres postgres) {
        String schema = postgres.freshSchema("attack");
        SchemaMigrator.of(postgres.connections())
                .schema(schema)
                .children(4)
                .migrate()
                .block(Session.PATIENCE);
        Session session = Session.open(postgres, schema);
        session.run("select ensure_lane('q', 1); select ensure_kind('k')");
        session.close();
        return schema;
    }

    /** The oldest supported PostgreSQL; started at the first call, stopped when the process ends. */
    static AwaPostgres older() {
        return Older.SERVER;
    }

    private static final class Older {
        static final AwaPostgres SERVER =
                AwaPostgres.start(AwaPostgres.Options.defaults().binaries(OlderPostgres.binaries()));
    }
}
