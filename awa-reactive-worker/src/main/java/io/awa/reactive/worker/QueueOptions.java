package io.awa.reactive.worker;

import io.awa.reactive.AwaValidationException;
import io.awa.reactive.admin.RateLimit;
import io.awa.reactive.worker.internal.Ranges;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How a worker works one queue. Immutable; each setting returns a new instance. What the database says of the queue
 * ({@link io.awa.reactive.admin.QueueSettings}) goes before {@code workers} and {@code rateLimit}.
 *
 * @param workers    handlers at once in this process, 1 to 100,000; null, the default: {@value #DEFAULT_WORKERS}, or where
 *                   queues share their workers, as many as there are
 * @param minWorkers of the shared workers, so many are for this queue alone, 0 to 100,000; 0 by default
 * @param weight     its part of the others, compared with that of other queues, 1 to 10,000; 1 by default
 * @param rateLimit  how many jobs may be claimed in a time; null, the default: any number
 * @param claim      jobs at most in one claim, 1 to 4,096; 512 by default
 * @param pollMin    first pause after an empty claim, 1 ms or more; 5 ms by default
 * @param pollMax    longest pause between claims of an idle queue; 500 ms by default. Notifications end it early
 * @param backoff    between attempts of kinds that have none of their own; null, the default: the database's setting of
 *                   the queue
 */
public record QueueOptions(
        @Nullable Integer workers,
        int minWorkers,
        int weight,
        @Nullable RateLimit rateLimit,
        int claim,
        Duration pollMin,
        Duration pollMax,
        @Nullable Backoff backoff) {

    /** Handlers at once where none are named: {@value}. */
    public static final int DEFAULT_WORKERS = 50;

    /** Jobs in a claim where none are named: {@value}. */
    public static final int DEFAULT_CLAIM = 512;

    static final int MOST_WORKERS = 100_000;

    private static final QueueOptions DEFAULTS =
            new QueueOptions(null, 0, 1, null, DEFAULT_CLAIM, Duration.ofMillis(5), Duration.ofMillis(500), null);

    /** @throws AwaValidationException if a value is out of its range */
    public QueueOptions {
        if (workers != null) {
            Ranges.check("workers", workers, 1, MOST_WORKERS);
        }
        Ranges.check("minWorkers", minWorkers, 0, MOST_WORKERS);
        Ranges.check("weight", weight, 1, 10_000);
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
        return new QueueOptions(number, minWorkers, weight, rateLimit, claim, pollMin, pollMax, backoff);
    }

    /** The same with other workers for itself; for queues that share theirs ({@link AwaWorkerBuilder#sharedWorkers}). */
    public QueueOptions minWorkers(int number) {
        return new QueueOptions(workers, number, weight, rateLimit, claim, pollMin, pollMax, backoff);
    }

    /** The same with another weight; for queues that share their workers ({@link AwaWorkerBuilder#sharedWorkers}). */
    public QueueOptions weight(int part) {
        return new QueueOptions(workers, minWorkers, part, rateLimit, claim, pollMin, pollMax, backoff);
    }

    /** The same with another rate limit; null for none. */
    public QueueOptions rateLimit(@Nullable RateLimit limit) {
        return new QueueOptions(workers, minWorkers, weight, limit, claim, pollMin, pollMax, backoff);
    }

    /** The same with another size of claims. */
    public QueueOptions claim(int jobs) {
        return new QueueOptions(workers, minWorkers, weight, rateLimit, jobs, pollMin, pollMax, backoff);
    }

    /** The same with other pauses. */
    public QueueOptions poll(Duration min, Duration max) {
        return new QueueOptions(workers, minWorkers, weight, rateLimit, claim, min, max, backoff);
    }

    /** The same with another backoff. */
    public QueueOptions backoff(Backoff policy) {
        return new QueueOptions(workers, minWorkers, weight, rateLimit, claim, pollMin, pollMax, policy);
    }
}
