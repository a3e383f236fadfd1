package io.awa.reactive.benchmarks;

import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Questions to the server about itself, on one connection. Blocks; for one thread at a time. */
final class Probe implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofMinutes(5);

    private final Connection connection;

    Probe(ConnectionFactory connections) {
        connection = Objects.requireNonNull(Mono.from(connections.create()).block());
        run("SET application_name = 'awa-bench probe'");
    }

    /** The rows, each as its values in order. */
    List<List<@Nullable Object>> rows(String sql) {
        return Objects.requireNonNull(Flux.from(connection.createStatement(sql).execute())
                .concatMap(result -> result.map((row, metadata) -> {
                    List<@Nullable Object> values = new ArrayList<>();
                    for (int i = 0; i < metadata.getColumnMetadatas().size(); i++) {
                        values.add(row.get(i));
                    }
                    return values;
                }))
                .collectList()
                .block(PATIENCE));
    }

    /** The first value of the only row. */
    long number(String sql) {
        return asLong(rows(sql).get(0).get(0));
    }

    /** The first value of the only row, as text. */
    String text(String sql) {
        return Objects.requireNonNull(Flux.from(connection.createStatement(sql).execute())
                .concatMap(result -> result.map((row, metadata) -> Objects.requireNonNull(row.get(0, String.class))))
                .blockLast(PATIENCE));
    }

    void run(String sql) {
        Flux.from(connection.createStatement(sql).execute())
                .concatMap(result -> result.getRowsUpdated())
                .blockLast(PATIENCE);
    }

    static long asLong(@Nullable Object value) {
        return ((Number) Objects.requireNonNull(value)).longValue();
    }

    @Override
    public void close() {
        Mono.from(connection.close()).block();
    }
}
