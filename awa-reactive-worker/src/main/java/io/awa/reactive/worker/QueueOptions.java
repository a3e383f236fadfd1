package io.awa.reactive.worker;

import io.awa.reactive.AwaValidationException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How a worker works one queue. Immutable; each setting returns a new instance.
 *
 * @param workers  handlers at once in this process, 1 to 100,000; 50 by default
 * @param claim    jobs at most in one claim, 1 to 4,096; 512 by default
 * @param pollMin  first pause after an empty claim, 1 ms or more; 5 ms by default
 * @param pollMax  longest pause between claims of an idle queue; 200 ms by default. Notifications end it early
 * @param backoff  between attempts of kinds that have none of their own; null, the default: the database's setting of
 *                 the queue
 */
public record QueueOptions(
        int workers,
        int claim,
        Duration pollMin,
        Duration pollMax,
        @Nullable Backoff backoff) {

    /** Handlers at once where none are named: {@value}. */
    public static final int DEFAULT_WORKERS = 50;

    /** Jobs in a claim where none are named: {@value}. */
    public static final int DEFAULT_CLAIM = 512;

    private static final QueueOptions DEFAULTS =
            new QueueOptions(DEFAULT_WORKERS, DEFAULT_CLAIM, Duration.ofMillis(5), Duration.ofMillis(200), null);

    /** @throws AwaValidationException if a value is out of its range */
    public QueueOptions {
        Ranges.check("workers", workers, 1, 100_000);
        Ranges.check("claim", claim, 1, 4_096);
        Ranges.check("pollMin", pollMin, Duration.ofMillis(1), Duration.ofMinutes(1));
        Ranges.check("pollMax", pollMax, pollMin, Duration.ofMinutes(1));
    }

    /** The defaults. */
    public static QueueOptions defaults() {
        return DEFAULTS;
    }

    /** The same with other handlers at once. */
    public QueueOptions workers(int number) {
        return new QueueOptions(number, claim, pollMin, pollMax, backoff);
    }

    /** The same with another size of claims. */
    public QueueOptions claim(int jobs) {
        return new QueueOptions(workers, jobs, pollMin, pollMax, backoff);
    }

    /** The same with other pauses. */
    public QueueOptions poll(Duration min, Duration max) {
        return new QueueOptions(workers, claim, min, max, backoff);
    }

    /** The same with another backoff. */
    public QueueOptions backoff(Backoff policy) {
        return new QueueOptions(workers, claim, pollMin, pollMax, policy);
    }
}
