package io.awa.reactive.worker;

import io.awa.reactive.AwaValidationException;
import io.awa.reactive.worker.internal.Ranges;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How ends of jobs are written. Immutable; each setting returns a new instance.
 *
 * @param batch        ends at most in one statement, 1 to 8,192; 1,024 by default
 * @param linger       how long the first end of a batch waits for others, 0 to 1 s; 2 ms by default. More means fewer
 *                     commits, and ends that are durable later. Where, by the rate since the last flush began, fewer than
 *                     eight would come within it, none waits: with 2 ms, below 4,000 ends a second
 * @param maxUnsettled jobs claimed and not durably ended at most, for each queue: past it nothing is claimed. At least
 *                     {@code batch}; null, the default: 4,096, or a batch more than the queue has workers where that is more
 */
public record CompletionOptions(
        int batch, Duration linger, @Nullable Integer maxUnsettled) {

    /** Ends in a statement where none are named: {@value}. */
    public static final int DEFAULT_BATCH = 1_024;

    /** The linger where none is named: 2 ms. */
    public static final Duration DEFAULT_LINGER = Duration.ofMillis(2);

    private static final CompletionOptions DEFAULTS = new CompletionOptions(DEFAULT_BATCH, DEFAULT_LINGER, null);

    /** @throws AwaValidationException if a value is out of its range */
    public CompletionOptions {
        Ranges.check("batch", batch, 1, 8_192);
        Ranges.check("linger", linger, Duration.ZERO, Duration.ofSeconds(1));
        if (maxUnsettled != null) {
            Ranges.check("maxUnsettled", maxUnsettled, batch, 1_000_000);
        }
    }

    /** The defaults. */
    public static CompletionOptions defaults() {
        return DEFAULTS;
    }

    /** The same with another batch; {@code maxUnsettled} is raised to it where it is less. */
    public CompletionOptions batch(int ends) {
        return new CompletionOptions(ends, linger, maxUnsettled == null ? null : Math.max(ends, maxUnsettled));
    }

    /** The same with another linger. */
    public CompletionOptions linger(Duration wait) {
        return new CompletionOptions(batch, wait, maxUnsettled);
    }

    /** The same with another bound on unsettled jobs. */
    public CompletionOptions maxUnsettled(int jobs) {
        return new CompletionOptions(batch, linger, jobs);
    }

    /** The bound for a queue with so many workers. Without room for a batch beside those that run, slots would idle. */
    int mostUnsettled(int workers) {
        return maxUnsettled == null ? Math.max(4 * DEFAULT_BATCH, workers + batch) : maxUnsettled;
    }
}
