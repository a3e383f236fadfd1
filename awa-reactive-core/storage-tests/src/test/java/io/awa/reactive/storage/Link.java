package io.awa.reactive.storage;

import io.r2dbc.postgresql.api.PostgresqlConnection;
import io.r2dbc.spi.R2dbcException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * One connection driven by hand. Statements are plain texts; {@link #send} does not wait, so that a statement may block
 * while another connection goes on. For one thread.
 */
class Link {

    static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Duration TICK = Duration.ofMillis(5);

    private final PostgresqlConnection connection;
    private final long pid;

    Link(PostgresqlConnection connection) {
        this.connection = connection;
        this.pid = number("select pg_backend_pid()");
    }

    PostgresqlConnection connection() {
        return connection;
    }

    long pid() {
        return pid;
    }

    void close() {
        connection.close().block(PATIENCE);
    }

    CompletableFuture<List<Row>> send(String sql) {
        return Flux.from(connection.createStatement(sql).execute())
                .concatMap(result -> result.map((row, meta) -> {
                    Map<String, @Nullable Object> columns = new LinkedHashMap<>();
                    meta.getColumnMetadatas()
                            .forEach(column -> columns.put(column.getName(), row.get(column.getName())));
                    return new Row(columns);
                }))
                .collectList()
                .toFuture();
    }

    List<Row> rows(String sql) {
        return Objects.requireNonNull(Mono.fromFuture(send(sql)).block(PATIENCE));
    }

    void run(String sql) {
        rows(sql);
    }

    /** Brings what is dirty to the disk; it may take long where others write to it too. */
    void checkpoint() {
        Mono.fromFuture(send("checkpoint")).block(PATIENCE.multipliedBy(10));
    }

    Row row(String sql) {
        return rows(sql).get(0);
    }

    long number(String sql) {
        return ((Number) Objects.requireNonNull(row(sql).first(), sql)).longValue();
    }

    String text(String sql) {
        return String.valueOf(row(sql).first());
    }

    List<String> texts(String sql) {
        return rows(sql).stream().map(row -> String.valueOf(row.first())).toList();
    }

    /** Runs a statement that must fail; answers its SQLSTATE. */
    String refusal(String sql) {
        return refusal(send(sql));
    }

    static String refusal(CompletableFuture<?> statement) {
        try {
            Mono.fromFuture(statement).block(PATIENCE);
        } catch (R2dbcException e) {
            return String.valueOf(e.getSqlState());
        }
        throw new AssertionError("the statement was not refused");
    }

    static <T> T await(CompletableFuture<T> statement) {
        return Objects.requireNonNull(Mono.fromFuture(statement).block(PATIENCE));
    }

    /** Waits until the server says that {@code other} waits for a lock. Polls on this connection. */
    void untilBlocked(Link other) {
        until("select 1 from pg_stat_activity where pid = " + other.pid + " and wait_event_type = 'Lock'");
    }

    /** Waits until a query has rows. */
    void until(String query) {
        Mono.fromFuture(() -> send(query))
                .filter(rows -> !rows.isEmpty())
                .repeatWhenEmpty(again -> again.delayElements(TICK))
                .block(PATIENCE);
    }
}
