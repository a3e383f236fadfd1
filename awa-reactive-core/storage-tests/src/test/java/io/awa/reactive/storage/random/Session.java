package io.awa.reactive.storage.random;

import io.awa.reactive.internal.pg.Fields;
import io.awa.reactive.internal.pg.PlainSql;
import io.awa.reactive.internal.pg.Sql;
import io.r2dbc.postgresql.api.PostgresqlConnection;
import io.r2dbc.spi.ConnectionFactory;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import reactor.core.publisher.Mono;

/** One connection for one thread that waits for its answers. */
final class Session implements AutoCloseable {

    /** Of one call; longer where many share the machine. */
    static final Duration PATIENCE = Duration.ofSeconds(Long.getLong("awa.soak.patience", 30));

    /** Whether statements may run into the library's own limits, because others have the processors. */
    static final boolean IS_PATIENT = PATIENCE.compareTo(Duration.ofSeconds(30)) > 0;

    final PostgresqlConnection connection;
    final int pid;

    private Session(PostgresqlConnection connection, int pid) {
        this.connection = connection;
        this.pid = pid;
    }

    static Session open(ConnectionFactory connections, String name, boolean synchronous) {
        PostgresqlConnection connection = (PostgresqlConnection) await(Mono.from(connections.create()));
        try {
            List<String> settings = await(PlainSql.rows(
                            connection,
                            "SELECT pg_backend_pid(), set_config('application_name', $1, false), "
                                    + "set_config('synchronous_commit', $2, false), set_config('timezone', 'UTC', false)",
                            name,
                            synchronous ? "on" : "off")
                    .single());
            return new Session(connection, Integer.parseInt(settings.get(0)));
        } catch (RuntimeException e) {
            shut(connection);
            throw e;
        }
    }

    void run(String sql) {
        PlainSql.run(connection, sql).block(PATIENCE);
    }

    <T> List<T> rows(String sql, Function<Fields, T> map, Object... args) {
        return await(Sql.<T>rows(connection, sql, List.of(args), map).collectList());
    }

    <T> T row(String sql, Function<Fields, T> map, Object... args) {
        return rows(sql, map, args).get(0);
    }

    long number(String sql, Object... args) {
        return row(sql, row -> row.number("answer"), args);
    }

    String text(String sql, Object... args) {
        return row(sql, row -> row.text("answer"), args);
    }

    /** Sends work to be waited for by somebody else. */
    static <T> CompletableFuture<T> async(java.util.function.Supplier<T> work) {
        return CompletableFuture.supplyAsync(work, task -> {
            Thread thread = new Thread(task, "aside");
            thread.setDaemon(true);
            thread.start();
        });
    }

    @Override
    public void close() {
        shut(connection);
    }

    private static void shut(PostgresqlConnection connection) {
        connection.close().timeout(Duration.ofSeconds(2)).onErrorComplete().block(Duration.ofSeconds(3));
    }

    private static <T> T await(Mono<T> mono) {
        return mono.blockOptional(PATIENCE).orElseThrow();
    }
}
