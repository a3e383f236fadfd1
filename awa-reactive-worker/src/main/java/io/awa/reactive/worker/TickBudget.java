package io.awa.reactive.worker;

import io.awa.reactive.worker.internal.Ranges;
import java.time.Duration;

/**
 * How much one {@linkplain AwaWorker#tick tick} may do. Immutable; each setting returns a new instance.
 *
 * @param jobs     jobs claimed at most, 1 to 1,000,000
 * @param time     maintenance and claims take this long at most, 10 ms to 1 day
 * @param patience handlers that are at work then have so much longer; after it they are disposed and their jobs released.
 *                 0 to 1 day; 5 s by default. Writing takes at most 20 s beyond it, and next to nothing where the database
 *                 is well
 */
public record TickBudget(int jobs, Duration time, Duration patience) {

    /** What handlers get on top where nothing is named: 5 s. */
    public static final Duration DEFAULT_PATIENCE = Duration.ofSeconds(5);

    private static final Duration DAY = Duration.ofDays(1);

    /** @throws io.awa.reactive.AwaValidationException if a value is out of its range */
    public TickBudget {
        Ranges.check("jobs", jobs, 1, 1_000_000);
        Ranges.check("time", time, Duration.ofMillis(10), DAY);
        Ranges.check("patience", patience, Duration.ZERO, DAY);
    }

    /** So many jobs, and so long. */
    public static TickBudget of(int jobs, Duration time) {
        return new TickBudget(jobs, time, DEFAULT_PATIENCE);
    }

    /** The same with another patience. */
    public TickBudget patience(Duration more) {
        return new TickBudget(jobs, time, more);
    }
}
