package io.awa.reactive.internal.pg;

import io.r2dbc.spi.Connection;
import reactor.core.publisher.Mono;

/** A transaction that reads, however many statements and functions it takes, what there was at one moment. */
public final class Snapshot {

    private Snapshot() {}

    /** Runs reads on a connection without a transaction, and ends theirs whatever comes of them. */
    public static <T> Mono<T> of(Connection connection, Mono<T> reads) {
        return PlainSql.run(connection, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
                .then(reads)
                .flatMap(answer -> PlainSql.run(connection, "COMMIT").thenReturn(answer))
                .onErrorResume(error ->
                        PlainSql.run(connection, "ROLLBACK").onErrorComplete().then(Mono.error(error)));
    }
}
