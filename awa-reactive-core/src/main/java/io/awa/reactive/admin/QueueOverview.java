package io.awa.reactive.admin;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A queue at a glance.
 *
 * @param depth      jobs not yet claimed, as {@link QueueDepth#depth} counts
 * @param lag        how long the oldest of them has been available; null where none is
 * @param endsPerSecond attempts that ended lately: in the last minute, or as far back as 2,000 claims a lane reach
 * @param drainTime  how long the backlog takes at that rate if nothing comes; zero where there is none, null where
 *                   nothing ended lately
 */
public record QueueOverview(
        long depth,
        @Nullable Duration lag,
        double endsPerSecond,
        @Nullable Duration drainTime) {}
