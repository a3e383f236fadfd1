package io.awa.reactive.test;

import io.awa.reactive.testkit.AwaPostgres;
import io.r2dbc.postgresql.PostgresqlConnectionFactory;
import io.r2dbc.postgresql.api.PostgresqlConnection;
import io.r2dbc.postgresql.api.PostgresqlResult;
import java.util.List;
import reactor.core.publisher.Flux;

/**
 * A database of the shared server, by its name. Its sessions find {@code awa_clock} before {@code pg_catalog}, so that the
 * queue's functions, which name {@code clock_timestamp()} without a schema, read the test's clock.
 */
record Database(String name, PostgresqlConnectionFactory connections) {

    static Database named(String name) {
        return new Database(
                name,
                new PostgresqlConnectionFactory(
                        AwaPostgres.shared().configuration().database(name).build()));
    }

    /** Empty, with a clock that stands at the present. */
    static Database create(String name) {
        return made(name, "CREATE DATABASE " + name);
    }

    /** A copy of this one, which nobody may be connected to. */
    Database copy(String copy) {
        return made(copy, "CREATE DATABASE " + copy + " TEMPLATE " + name);
    }

    private static Database made(String name, String statement) {
        try {
            onServer(statement);
        } catch (RuntimeException refused) {
            throw new IllegalStateException(
                    "no database for a test: the role of " + AwaPostgres.URL_VARIABLE + " needs CREATEDB", refused);
        }
        // A copy does not inherit settings.
        onServer("ALTER DATABASE " + name + " SET search_path = public, " + ClockSql.SCHEMA + ", pg_catalog");
        return named(name);
    }

    /** Drops it, whoever is connected. */
    void drop() {
        onServer("DROP DATABASE IF EXISTS " + name + " WITH (FORCE)");
    }

    /** Runs SQL and gives the first column of every row as text. */
    List<String> query(String sql) {
        return Await.value(Flux.usingWhen(
                        connections.create(),
                        connection -> connection
                                .createStatement(sql)
                                .execute()
                                .concatMap(result -> result.map((row, metadata) -> String.valueOf(row.get(0)))),
                        PostgresqlConnection::close)
                .collectList());
    }

    /** Runs SQL that answers nothing. */
    void run(String sql) {
        Await.end(Flux.usingWhen(
                connections.create(),
                connection -> connection.createStatement(sql).execute().concatMap(PostgresqlResult::getRowsUpdated),
                PostgresqlConnection::close));
    }

    static List<String> onServer(String sql) {
        return Await.value(AwaPostgres.shared().query(sql).collectList());
    }
}
