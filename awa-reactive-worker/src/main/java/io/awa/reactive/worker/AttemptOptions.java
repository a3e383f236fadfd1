package io.awa.reactive.worker;

import io.awa.reactive.worker.internal.Ranges;
import java.time.Duration;
import java.util.Objects;

/**
 * How attempts are looked after. Immutable; each setting returns a new instance.
 *
 * @param holdAfter    an attempt that runs longer than that leaves its segment for the store, so that no segment waits for
 *                     it; 1 s to 1 h, 10 s by default
 * @param progress     how often what handlers report is written; 50 ms to 1 min, 1 s by default
 * @param grace        how long a handler that was disposed, at its deadline or because its job was cancelled, keeps its
 *                     slot; 0 to 1 min, 1 s by default
 * @param unknownKinds what happens to jobs of kinds without a handler; by default they are released
 */
public record AttemptOptions(Duration holdAfter, Duration progress, Duration grace, UnknownKindPolicy unknownKinds) {

    private static final AttemptOptions DEFAULTS = new AttemptOptions(
            Duration.ofSeconds(10), Duration.ofSeconds(1), Duration.ofSeconds(1), UnknownKindPolicy.RELEASE);

    /** @throws io.awa.reactive.AwaValidationException if a value is out of its range */
    public AttemptOptions {
        Ranges.check("holdAfter", holdAfter, Duration.ofSeconds(1), Duration.ofHours(1));
        Ranges.check("progress", progress, Duration.ofMillis(50), Duration.ofMinutes(1));
        Ranges.check("grace", grace, Duration.ZERO, Duration.ofMinutes(1));
        Objects.requireNonNull(unknownKinds, "unknownKinds");
    }

    /** The defaults. */
    public static AttemptOptions defaults() {
        return DEFAULTS;
    }

    /** The same with another time after which an attempt is held. */
    public AttemptOptions holdAfter(Duration time) {
        return new AttemptOptions(time, progress, grace, unknownKinds);
    }

    /** The same with another pause between writes of progress. */
    public AttemptOptions progress(Duration pause) {
        return new AttemptOptions(holdAfter, pause, grace, unknownKinds);
    }

    /** The same with another grace. */
    public AttemptOptions grace(Duration time) {
        return new AttemptOptions(holdAfter, progress, time, unknownKinds);
    }

    /** The same with another policy for unknown kinds. */
    public AttemptOptions unknownKinds(UnknownKindPolicy policy) {
        return new AttemptOptions(holdAfter, progress, grace, policy);
    }
}
