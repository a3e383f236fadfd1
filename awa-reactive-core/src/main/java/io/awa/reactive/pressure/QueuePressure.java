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
 * @param gated     jobs that workers have put aside, because their concurrency key has no place for them; they come back to
 *                  the queue as places are free. Exact up to a few thousand, at least so many beyond. Marks do not look at
 *                  them: the backlog of one key slows no producer. In a {@link QueueFullException} as of the last time
 *                  that this process asked for the pressure
 * @param drainRate jobs a second that left the queue lately, because they were claimed, cancelled or put aside: what was seen
 *                  between two looks, of which those of the last 5 s weigh most (an exponentially weighted mean). It says
 *                  what workers do, which in an empty queue is less than what they could
 * @param drainTime how long the queue takes to empty at that rate if nothing comes, {@code (depth + gated) / drainRate}; zero
 *                  where nothing waits, null where something waits and nothing leaves. A key whose jobs take long may take
 *                  longer
 */
public record QueuePressure(
        String queue,
        long depth,
        long gated,
        double drainRate,
        @Nullable Duration drainTime) {

    private static final double LONGEST = Duration.ofDays(36_500).toSeconds();

    /** With the drain time that follows from the numbers and the rate. */
    public static QueuePressure of(String queue, long depth, long gated, double drainRate) {
        long waiting = depth + gated;
        Duration time = waiting == 0
                ? Duration.ZERO
                : drainRate * LONGEST <= waiting ? null : Duration.ofNanos((long) (waiting / drainRate * 1e9));
        return new QueuePressure(queue, depth, gated, drainRate, time);
    }
}
