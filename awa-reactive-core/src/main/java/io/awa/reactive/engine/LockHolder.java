package io.awa.reactive.engine;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A session that holds a lock maintenance was refused, or that holds the horizon back. What another role does is hidden by
 * PostgreSQL from those without {@code pg_read_all_stats}: then times and text are missing.
 *
 * @param pid         its server process; 0 for a prepared transaction or a replication slot
 * @param application its application_name, or the name of the prepared transaction or the slot
 * @param state       such as {@code active}, {@code idle in transaction}, {@code prepared}, {@code slot}
 * @param transaction how long its transaction has been open
 * @param query       how long ago its last statement began
 * @param queryStart  when that was, by the database's clock
 * @param text        the first characters of it
 */
public record LockHolder(
        int pid,
        String application,
        String state,
        @Nullable Duration transaction,
        @Nullable Duration query,
        @Nullable Instant queryStart,
        @Nullable String text) {}
