package io.awa.reactive.fanout;

import io.r2dbc.postgresql.PostgresqlConnectionFactoryProvider;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactories;
import io.r2dbc.spi.ConnectionFactoryOptions;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** How many connections a process has, as the server counts them, twenty times a second. */
final class Connections implements AutoCloseable {

    private static final Duration PAUSE = Duration.ofMillis(50);
    private static final String COUNT =
            "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE $1 AND backend_type = 'client backend'";

    private final AtomicInteger max = new AtomicInteger();
    private final Connection connection;
    private final Disposable looking;

    private Connections(Connection connection, String name) {
        this.connection = connection;
        this.looking = Flux.interval(PAUSE)
                .onBackpressureDrop()
                .concatMap(
                        tick -> Flux.from(connection
                                        .createStatement(COUNT)
                                        .bind("$1", name + "%")
                                        .execute())
                                .concatMap(result -> result.map(row -> Objects.requireNonNull(row.get(0, Long.class))
                                        .intValue())),
                        0)
                .subscribe(count -> max.accumulateAndGet(count, Math::max));
    }

    /** @param name what the names of its connections begin with */
    static Connections watch(String url, String name) {
        ConnectionFactoryOptions options = ConnectionFactoryOptions.parse(url)
                .mutate()
                .option(PostgresqlConnectionFactoryProvider.APPLICATION_NAME, "who-is-there")
                .build();
        return new Connections(
                Objects.requireNonNull(
                        Mono.from(ConnectionFactories.get(options).create()).block()),
                name);
    }

    int max() {
        return max.get();
    }

    @Override
    public void close() {
        looking.dispose();
        Mono.from(connection.close()).block();
    }
}
