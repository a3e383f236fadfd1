package io.awa.reactive.schema;

import io.awa.reactive.AwaSchemaException;
import io.awa.reactive.internal.pg.PlainSql;
import io.r2dbc.spi.Connection;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import reactor.core.publisher.Mono;

/**
 * One advisory lock of the session for each schema name: starts on the same schema take turns, others do not meet. It
 * is asked for again and again instead of waited for in the server: a wait would need a setting of the session to be
 * bounded, could not be cancelled, and would hold a snapshot.
 */
final class MigrationLock {

    private static final Duration FIRST_PAUSE = Duration.ofMillis(20);
    private static final Duration LONGEST_PAUSE = Duration.ofMillis(250);

    private final SchemaName schema;
    private final long key;
    private final Duration wait;

    MigrationLock(SchemaName schema, Duration wait) {
        this.schema = schema;
        this.key = key(schema);
        this.wait = wait;
    }

    /** Completes once the connection holds the lock; fails when others held it for the whole wait. */
    Mono<Void> acquire(Connection connection) {
        return Mono.defer(() -> {
            long start = System.nanoTime();
            return attempt(connection)
                    .filter(Boolean::booleanValue)
                    .repeatWhenEmpty(Integer.MAX_VALUE, tries -> tries.concatMap(n -> pause(n, start), 1))
                    .then();
        });
    }

    /** Gives the lock back; harmless when it is not held. */
    Mono<Void> release(Connection connection) {
        return PlainSql.rows(connection, "SELECT pg_catalog.pg_advisory_unlock($1)", key)
                .then();
    }

    private Mono<Boolean> attempt(Connection connection) {
        return PlainSql.rows(connection, "SELECT pg_catalog.pg_try_advisory_lock($1)", key)
                .map(row -> Boolean.valueOf(row.get(0)))
                .single();
    }

    private Mono<Long> pause(long tried, long start) {
        if (System.nanoTime() - start >= wait.toNanos()) {
            return Mono.error(
                    new AwaSchemaException("schema " + schema.quoted() + ": another start has held the lock of"
                            + " the migration (advisory lock " + key + ") for " + wait.toMillis() + " ms"));
        }
        Duration pause = FIRST_PAUSE.multipliedBy(1L << Math.min(tried, 4));
        return Mono.delay(pause.compareTo(LONGEST_PAUSE) < 0 ? pause : LONGEST_PAUSE);
    }

    private static long key(SchemaName schema) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256")
                    .digest(("awa-reactive migration " + schema.name()).getBytes(StandardCharsets.UTF_8));
            return ByteBuffer.wrap(digest).getLong();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
