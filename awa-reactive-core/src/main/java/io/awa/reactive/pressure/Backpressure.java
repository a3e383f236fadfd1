package io.awa.reactive.pressure;

import io.awa.reactive.AwaValidationException;
import io.awa.reactive.internal.Checks;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * From where on producers of a queue are slowed, and until when. Above the high mark the sources of
 * {@link io.awa.reactive.Awa#enqueueAll} are asked for nothing and {@link Admission admissions} wait; they go on once the
 * depth is down at the low mark, so that they do not stop and go with each job. Immutable; each setting returns a new
 * instance.
 *
 * <pre>{@code
 * Backpressure.atDepth(10_000)                                  // stops at 10,000, goes on at 5,000
 * Backpressure.atDepth(10_000).resumeAt(8_000)
 * Backpressure.atDrainTime(Duration.ofSeconds(30))              // what workers do in 30 s, 1,000 jobs at least
 * }</pre>
 *
 * <p>The depth is that of {@link QueuePressure#depth()}: jobs that wait to be claimed, of any producer. Each instance reads it
 * while its producers are at work, and counts what they have under way. With {@code P} instances whose producers all
 * keep to it, the depth stays at or below {@code high + (P - 1) * burst}. Jobs of others, jobs that come back (retries,
 * schedules) and jobs that are put in inside callers' transactions without an admission come on top.
 *
 * @param high      jobs waiting from which on producers are slowed, 1 to 1,000,000,000; with a drain time the least that this
 *                  mark ever is
 * @param low       jobs waiting down to which they stay slowed, 0 to {@code high - 1}; half of {@code high} by default. With
 *                  a drain time it keeps its proportion to the high mark
 * @param burst     jobs that one instance stores at most between two looks at the depth, and the largest chunk of a bulk
 *                  enqueue into the queue: 1 to {@code high - low}, 4,096 at most; a quarter of {@code high - low} by default
 * @param drainTime the high mark is what workers take in so long, by the rate lately seen, where that is more than
 *                  {@code high}: 1 ms to 30 days; null: the depth alone
 */
public record Backpressure(
        long high, long low, int burst, @Nullable Duration drainTime) {

    /** The highest mark: {@value}. */
    public static final long HIGHEST = 1_000_000_000;

    /** The largest burst: {@value}. */
    public static final int LARGEST_BURST = 4_096;

    /** The least depth that slows producers where a drain time is the mark: {@value}. */
    public static final long DEFAULT_FLOOR = 1_000;

    private static final Duration LONGEST = Duration.ofDays(30);

    /** @throws AwaValidationException if a value is out of its range */
    public Backpressure {
        if (high < 1 || high > HIGHEST) {
            throw new AwaValidationException("high", high, "1 to " + HIGHEST);
        }
        if (low < 0 || low >= high) {
            throw new AwaValidationException("low", low, "0 to high - 1, which is " + (high - 1));
        }
        long most = Math.min(LARGEST_BURST, high - low);
        if (burst < 1 || burst > most) {
            throw new AwaValidationException("burst", burst, "1 to high - low and " + LARGEST_BURST + ", here " + most);
        }
        if (drainTime != null) {
            Checks.between("drainTime", drainTime, Duration.ofMillis(1), LONGEST);
        }
    }

    /** Slows producers where so many jobs wait, until half of them do. */
    public static Backpressure atDepth(long jobs) {
        return marks(jobs, jobs / 2, null);
    }

    /**
     * Slows producers where more waits than workers take in so long, but not below {@value #DEFAULT_FLOOR} jobs: as long as
     * nobody works, nobody knows the rate.
     */
    public static Backpressure atDrainTime(Duration time) {
        return marks(DEFAULT_FLOOR, DEFAULT_FLOOR / 2, time);
    }

    /** The same with another low mark, and the default burst for it. */
    public Backpressure resumeAt(long jobs) {
        return marks(high, jobs, drainTime);
    }

    /** The same with another high mark, half of it for the low one, and the default burst. For drain times. */
    public Backpressure atLeast(long jobs) {
        return marks(jobs, jobs / 2, drainTime);
    }

    /** The same with another burst. */
    public Backpressure burst(int jobs) {
        return new Backpressure(high, low, jobs, drainTime);
    }

    private static Backpressure marks(long high, long low, @Nullable Duration drainTime) {
        int burst = (int) Math.max(1, Math.min(LARGEST_BURST, (high - low) / 4));
        return new Backpressure(high, low, burst, drainTime);
    }
}
