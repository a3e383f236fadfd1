package io.awa.reactive.test;

import io.r2dbc.postgresql.api.PostgresqlConnection;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Objects;

/** The cell of a database's clock, on a connection of its own. */
final class ClockCell {

    private final PostgresqlConnection connection;

    ClockCell(Database database) {
        this.connection = Await.value(database.connections().create());
    }

    Instant now() {
        return Instant.EPOCH.plus(number(ClockSql.NOW), ChronoUnit.MICROS);
    }

    /** Sets it, unless it is past that already. */
    void advanceTo(Instant moment) {
        number(ClockSql.advanceTo(Duration.between(Instant.EPOCH, moment).toNanos() / 1_000));
    }

    void close() {
        Await.end(connection.close());
    }

    private synchronized long number(String sql) {
        return Await.value(connection
                .createStatement(sql)
                .execute()
                .concatMap(result ->
                        result.map((row, metadata) -> ((Number) Objects.requireNonNull(row.get(0))).longValue()))
                .last());
    }
}
