package io.awa.reactive.internal.pg;

import io.r2dbc.postgresql.api.Notification;
import io.r2dbc.postgresql.api.PostgresqlConnection;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import java.time.Duration;
import java.util.Objects;
import java.util.function.IntPredicate;
import reactor.core.publisher.BufferOverflowStrategy;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.util.retry.Retry;

/**
 * LISTEN on a connection of its own, re-established for ever. A notification is a hint: it may be lost, so whoever
 * listens also polls.
 */
public final class Listening {

    private static final Duration HEARTBEAT = Duration.ofSeconds(10);
    private static final Duration PATIENCE = Duration.ofSeconds(5);
    private static final int BUFFER = 1024;
    private static final String SET_NAME = "SELECT set_config('application_name', $1, false)";

    private Listening() {}

    /**
     * The payloads sent on a channel. After every connect comes one empty payload: what was sent meanwhile is lost, so
     * look at everything. Where the factory is not the driver's the Flux only ever emits that one.
     *
     * @param name    application_name, what an operator sees in pg_stat_activity
     * @param channel SQL that answers the channel's name in the column {@code answer}; run at each connect
     * @param known   the server's processes whose notifications are not news here
     */
    public static Flux<String> payloads(ConnectionFactory factory, String name, String channel, IntPredicate known) {
        ConnectionFactory own = Lane.unpooled(factory);
        return Flux.usingWhen(
                        Mono.from(own.create()).timeout(Lane.CONNECT),
                        connection -> listen(connection, name, channel, known),
                        connection ->
                                Mono.from(connection.close()).timeout(PATIENCE).onErrorComplete())
                // The driver ends the Flux when its socket is closed in order, and fails it otherwise.
                .concatWith(Mono.error(() -> new IllegalStateException("the listening connection ended")))
                .retryWhen(Retry.backoff(Long.MAX_VALUE, Duration.ofMillis(100))
                        .maxBackoff(Duration.ofSeconds(5))
                        .jitter(0.5)
                        .transientErrors(true));
    }

    private static Flux<String> listen(Connection connection, String name, String channel, IntPredicate known) {
        PostgresqlConnection driver = CopyIn.driver(connection);
        if (driver == null) {
            return Flux.concat(Mono.just(""), Mono.never());
        }
        Flux<String> sent = driver.getNotifications()
                .filter(notification -> !known.test(notification.getProcessId()))
                .mapNotNull(Notification::getParameter)
                .onBackpressureBuffer(BUFFER, BufferOverflowStrategy.DROP_OLDEST);
        // Half-open sockets are silent: without a question now and then the loss would never be noticed.
        Flux<String> alive = Flux.interval(HEARTBEAT)
                .onBackpressureDrop()
                .concatMap(tick -> ask(connection, "SELECT 1").timeout(PATIENCE), 0)
                .thenMany(Flux.empty());
        return Sql.row(connection, SET_NAME, Sql.args(name), row -> true)
                .then(Sql.row(connection, channel, Sql.args(), row -> row.text("answer")))
                .timeout(PATIENCE)
                .flatMapMany(found -> Flux.merge(
                        sent, alive, ask(connection, "LISTEN " + found).thenReturn("")));
    }

    private static Mono<Void> ask(Connection connection, String sql) {
        return Flux.from(connection.createStatement(sql).execute())
                .concatMap(result -> Flux.from(result.map(row -> Objects.hash(row))))
                .then();
    }
}
