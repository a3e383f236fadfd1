package io.awa.reactive.worker;

import io.r2dbc.postgresql.api.PostgresqlConnection;
import io.r2dbc.postgresql.api.PostgresqlResult;
import java.util.Objects;

/** A table that nobody can write to until this is closed. */
final class Locked implements AutoCloseable {

    private final PostgresqlConnection connection;

    Locked(Rig rig, String table) {
        connection = Objects.requireNonNull(rig.postgres.connections().create().block(Await.LONG));
        connection.beginTransaction().block(Await.LONG);
        connection
                .createStatement("lock table " + rig.schema + "." + table + " in exclusive mode")
                .execute()
                .concatMap(PostgresqlResult::getRowsUpdated)
                .blockLast(Await.LONG);
    }

    @Override
    public void close() {
        connection.rollbackTransaction().block(Await.LONG);
        connection.close().block(Await.LONG);
    }
}
