package io.awa.reactive.storage;

import io.awa.reactive.schema.SchemaMigrator;
import io.awa.reactive.testkit.AwaPostgres;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/**
 * A fresh schema of four children with queue 1 ("q"), lane 1 and kind 1, and three sessions. Subclasses may move the
 * tests to another server.
 */
abstract class StorageTest {

    private final List<Session> opened = new ArrayList<>();
    private String schema = "";
    Session a = null;
    Session b = null;
    Session c = null;

    AwaPostgres postgres() {
        return AwaPostgres.shared();
    }

    int children() {
        return 4;
    }

    @BeforeEach
    void open() {
        schema = postgres().freshSchema("attack");
        SchemaMigrator.of(postgres().connections())
                .schema(schema)
                .children(children())
                .migrate()
                .block(Session.PATIENCE);
        a = session();
        b = session();
        c = session();
        a.run("select ensure_lane('q', 1); select ensure_kind('k')");
    }

    @AfterEach
    void drop() {
        opened.forEach(Session::close);
        postgres().drop(schema).block(Session.PATIENCE);
    }

    final String schema() {
        return schema;
    }

    final Session session() {
        Session session = Session.open(postgres(), schema);
        opened.add(session);
        return session;
    }

    /** Adds a lane; answers its number. */
    final int lane(String queue, int priority) {
        return (int) a.number("select lane from ensure_lane('" + queue + "', " + priority + ")");
    }
}
