package io.awa.reactive.worker;

import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.IsolationLevel;
import io.r2dbc.spi.Result;
import java.util.Objects;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** An application with a transaction of its own, step by step. */
final class Caller implements AutoCloseable {

    final Connection connection;

    Caller(ConnectionFactory connections) {
        this.connection = Objects.requireNonNull(
                Mono.<Connection>from(connections.create()).block(Await.LONG));
    }

    Caller begin() {
        return begin(IsolationLevel.READ_COMMITTED);
    }

    /** With a snapshot, where the level keeps one. */
    Caller begin(IsolationLevel level) {
        run(connection.beginTransaction(level));
        sql("select 1");
        return this;
    }

    void sql(String text) {
        Flux.from(connection.createStatement(text).execute())
                .concatMap(Result::getRowsUpdated)
                .blockLast(Await.LONG);
    }

    int pid() {
        return Objects.requireNonNull(Flux.from(
                        connection.createStatement("select pg_backend_pid()").execute())
                .concatMap(result -> result.map((row, meta) -> row.get(0, Integer.class)))
                .blockLast(Await.LONG));
    }

    void commit() {
        run(connection.commitTransaction());
    }

    void rollback() {
        run(connection.rollbackTransaction());
    }

    private static void run(Publisher<Void> step) {
        Mono.from(step).block(Await.LONG);
    }

    @Override
    public void close() {
        Mono.from(connection.close()).onErrorComplete().block(Await.LONG);
    }
}
