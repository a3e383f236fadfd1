package io.awa.reactive.worker;

import java.time.Duration;

/**
 * When a drain's patience with handlers ends.
 *
 * @param nanos on the clock of {@link System#nanoTime()}
 */
record Deadline(long nanos) {

    /** What writing to the database may take beyond it. */
    static final Duration GRACE = Duration.ofSeconds(5);

    static Deadline in(Duration timeout) {
        return new Deadline(System.nanoTime() + timeout.toNanos());
    }

    /** At least a moment, so that what is over already is found over. */
    Duration remaining() {
        return Duration.ofNanos(Math.max(50_000_000, nanos - System.nanoTime()));
    }
}
