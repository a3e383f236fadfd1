package io.awa.reactive.worker.maintenance;

import io.awa.reactive.AwaValidationException;
import io.awa.reactive.worker.internal.Ranges;
import java.time.Duration;

/**
 * When attempts of others are given up. Immutable; each setting returns a new instance.
 *
 * @param interval  pause between passes, 10 ms to 1 min; 1 s by default. At most a quarter of the staleness
 * @param staleness a process that has not beaten for this long is dead, 400 ms to 1 day; 30 s by default. At least three
 *                  times the pause between beats of every process of the schema
 * @param grace     how long after an attempt's deadline its own process may end it before others do, 0 to 1 h; 5 s by
 *                  default
 */
public record RescueOptions(Duration interval, Duration staleness, Duration grace) {

    private static final RescueOptions DEFAULTS =
            new RescueOptions(Duration.ofSeconds(1), Duration.ofSeconds(30), Duration.ofSeconds(5));

    /** @throws AwaValidationException if a value is out of its range */
    public RescueOptions {
        Ranges.check("rescue.interval", interval, Duration.ofMillis(10), Duration.ofMinutes(1));
        Ranges.check("rescue.staleness", staleness, Duration.ofMillis(400), Duration.ofDays(1));
        Ranges.check("rescue.grace", grace, Duration.ZERO, Duration.ofHours(1));
    }

    /** The defaults. */
    public static RescueOptions defaults() {
        return DEFAULTS;
    }

    /** The same with another pause between passes. */
    public RescueOptions interval(Duration pause) {
        return new RescueOptions(pause, staleness, grace);
    }

    /** The same with another staleness. */
    public RescueOptions staleness(Duration time) {
        return new RescueOptions(interval, time, grace);
    }

    /** The same with another grace. */
    public RescueOptions grace(Duration time) {
        return new RescueOptions(interval, staleness, time);
    }
}
