package io.awa.reactive.internal.cron;

import io.awa.reactive.cron.CronExpression;
import io.awa.reactive.cron.MissedFires;
import io.awa.reactive.cron.Schedules;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A schedule that runs, as the database described it.
 *
 * @param name     its name
 * @param version  of its declaration
 * @param cron     its expression
 * @param zone     its zone
 * @param policy   for missed fires
 * @param queue    where its jobs go
 * @param argBytes bytes of a job's arguments
 * @param lastFire the mark a fire must find unchanged
 * @param after    what may fire lies after it
 * @param now      the database's clock
 */
record Due(
        String name,
        long version,
        String cron,
        String zone,
        MissedFires policy,
        String queue,
        int argBytes,
        @Nullable Instant lastFire,
        Instant after,
        Instant now) {

    /** The times to fire now, given the next one, which is due. */
    List<Instant> times(CronExpression expression) {
        return switch (policy) {
            case COALESCE -> List.of(expression.latestBefore(now.plusNanos(1)));
            case CATCH_UP -> expression.between(after, now, limit());
        };
    }

    // All of them travel in one statement.
    private int limit() {
        return Math.max(1, Math.min(Schedules.CATCH_UP_LIMIT, Schedules.CATCH_UP_BYTES / Math.max(1, argBytes)));
    }
}
