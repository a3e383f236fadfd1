package io.awa.reactive.cron;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A schedule as it stood at one moment. Times are the database's.
 *
 * @param name        its name
 * @param cron        its expression
 * @param zone        the id of the zone it is evaluated in
 * @param missedFires what becomes of fire times that nobody evaluated
 * @param queue       the queue of its jobs
 * @param priority    their priority, 1 (highest) to 4
 * @param kind        their kind
 * @param maxAttempts how often each is attempted, the first attempt included
 * @param args        their arguments as JSON
 * @param extras      their tags and metadata as a JSON object; null when there are none
 * @param createdAt   when it was first declared
 * @param lastFire    fire times up to here were enqueued or are skipped; null before the first
 * @param nextFire    the next fire time that was not enqueued yet, possibly a past one; null while it is paused, and
 *                    where this process cannot read the expression or does not know the zone
 * @param pausedAt    since when it is paused; null while it is not
 * @param pausedBy    who paused it; null while it is not paused
 */
public record ScheduleView(
        String name,
        String cron,
        String zone,
        MissedFires missedFires,
        String queue,
        int priority,
        String kind,
        int maxAttempts,
        String args,
        @Nullable String extras,
        Instant createdAt,
        @Nullable Instant lastFire,
        @Nullable Instant nextFire,
        @Nullable Instant pausedAt,
        @Nullable String pausedBy) {}
