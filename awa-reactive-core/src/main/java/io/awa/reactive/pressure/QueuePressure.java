package io.awa.reactive.pressure;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How full a queue is, and how fast it empties.
 *
 * @param queue     its name
 * @param depth     jobs that wait to be claimed, in all its priorities; not those that are claimed, scheduled, or wait for
 *                  a retry or for their concurrency key. An upper bound: positions of aborted producers and of cancelled jobs
 *                  count until a claim passes them
 * @param drainRate jobs a second that left the queue lately, because they were claimed or cancelled: what was seen between two
 *                  looks, of which those of the last 5 s weigh most (an exponentially weighted mean). It says what workers
 *                  do, which in an empty queue is less than what they could
 * @param drainTime how long the queue takes to empty at that rate if nothing comes, {@code depth / drainRate}; zero where
 *                  nothing waits, null where something waits and nothing leaves
 */
public record QueuePressure(
        String queue,
        long depth,
        double drainRate,
        @Nullable Duration drainTime) {

    private static final double LONGEST = Duration.ofDays(36_500).toSeconds();

    /** With the drain time that follows from depth and rate. */
    public static QueuePressure of(String queue, long depth, double drainRate) {
        Duration time = depth == 0
                ? Duration.ZERO
                : drainRate * LONGEST <= depth ? null : Duration.ofNanos((long) (depth / drainRate * 1e9));
        return new QueuePressure(queue, depth, drainRate, time);
    }
}
