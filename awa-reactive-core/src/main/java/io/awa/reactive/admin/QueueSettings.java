package io.awa.reactive.admin;

import io.awa.reactive.AwaValidationException;
import io.awa.reactive.internal.Checks;
import java.time.Duration;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What a queue does with its jobs. Immutable; each setting returns a new instance. Times in whole milliseconds. Running
 * workers follow {@code workers} and {@code rateLimit} within two seconds, and everything else with the next job.
 *
 * @param deadLetters   whether jobs that fail for good become dead letters; no by default
 * @param backoff       the pause after the first failed attempt is twice this, and doubles; 1 ms to 1 day, 1 s by default
 * @param backoffMax    and never longer than this; {@code backoff} to 30 days, 24 h by default
 * @param deadline      how long an attempt may take; null for as long as it likes, the default
 * @param keepFailed    how long failed jobs are kept; 72 h by default
 * @param keepDead      how long dead letters are kept; 30 days by default
 * @param keepCancelled how long cancelled jobs are kept that have a reason or ran; 1 h by default
 * @param aging         waiting this long lifts a job by one priority; zero for never, 1 min by default
 * @param workers       handlers at once in each process, 1 to 100,000; null, the default: what its code says
 * @param rateLimit     how many jobs may be claimed in a time; null, the default: what the code of each process says
 * @param keyLimit      how many jobs of one concurrency key may be worked on at once, 1 to 1,000; 1 by default. A
 *                      higher one lets those that wait begin within seconds, a lower one holds from the next attempt on
 */
public record QueueSettings(
        boolean deadLetters,
        Duration backoff,
        Duration backoffMax,
        @Nullable Duration deadline,
        Duration keepFailed,
        Duration keepDead,
        Duration keepCancelled,
        Duration aging,
        @Nullable Integer workers,
        @Nullable RateLimit rateLimit,
        int keyLimit) {

    private static final int MOST_WORKERS = 100_000;
    private static final int MOST_PER_KEY = 1_000;
    private static final Duration LONGEST = Duration.ofDays(3650);
    private static final QueueSettings DEFAULTS = new QueueSettings(
            false,
            Duration.ofSeconds(1),
            Duration.ofDays(1),
            null,
            Duration.ofHours(72),
            Duration.ofDays(30),
            Duration.ofHours(1),
            Duration.ofMinutes(1),
            null,
            null,
            1);

    /** @throws AwaValidationException if a value is out of its range */
    public QueueSettings {
        Checks.between("backoff", backoff, Duration.ofMillis(1), Duration.ofDays(1));
        Checks.between("backoffMax", backoffMax, backoff, Duration.ofDays(30));
        if (deadline != null) {
            Checks.between("deadline", deadline, Duration.ofMillis(1), LONGEST);
        }
        Checks.between("keepFailed", keepFailed, Duration.ZERO, LONGEST);
        Checks.between("keepDead", keepDead, Duration.ZERO, LONGEST);
        Checks.between("keepCancelled", keepCancelled, Duration.ZERO, LONGEST);
        Checks.between("aging", aging, Duration.ZERO, LONGEST);
        if (workers != null && (workers < 1 || workers > MOST_WORKERS)) {
            throw new AwaValidationException("workers", workers, "1 to " + MOST_WORKERS);
        }
        if (keyLimit < 1 || keyLimit > MOST_PER_KEY) {
            throw new AwaValidationException("keyLimit", keyLimit, "1 to " + MOST_PER_KEY);
        }
    }

    /** What a new queue has. */
    public static QueueSettings defaults() {
        return DEFAULTS;
    }

    /** The same with or without dead letters. */
    public QueueSettings deadLetters(boolean on) {
        return with(draft -> draft.deadLetters = on);
    }

    /** The same with other pauses between attempts. */
    public QueueSettings backoff(Duration base, Duration most) {
        return with(draft -> {
            draft.backoff = base;
            draft.backoffMax = most;
        });
    }

    /** The same with another deadline; null for none. */
    public QueueSettings deadline(@Nullable Duration time) {
        return with(draft -> draft.deadline = time);
    }

    /** The same with other retentions. */
    public QueueSettings keep(Duration failed, Duration dead, Duration cancelled) {
        return with(draft -> {
            draft.keepFailed = failed;
            draft.keepDead = dead;
            draft.keepCancelled = cancelled;
        });
    }

    /** The same with another aging; zero for none. */
    public QueueSettings aging(Duration time) {
        return with(draft -> draft.aging = time);
    }

    /** The same with other handlers at once in each process; null: what its code says. */
    public QueueSettings workers(@Nullable Integer number) {
        return with(draft -> draft.workers = number);
    }

    /** The same with another rate limit; null: what the code of each process says. */
    public QueueSettings rateLimit(@Nullable RateLimit limit) {
        return with(draft -> draft.rateLimit = limit);
    }

    /** The same with another number of jobs of one concurrency key at once, 1 to 1,000. */
    public QueueSettings keyLimit(int jobs) {
        return with(draft -> draft.keyLimit = jobs);
    }

    private QueueSettings with(Consumer<Draft> change) {
        Draft draft = new Draft(this);
        change.accept(draft);
        return draft.made();
    }

    /** A copy in the making. */
    private static final class Draft {

        private boolean deadLetters;
        private Duration backoff;
        private Duration backoffMax;
        private @Nullable Duration deadline;
        private Duration keepFailed;
        private Duration keepDead;
        private Duration keepCancelled;
        private Duration aging;
        private @Nullable Integer workers;
        private @Nullable RateLimit rateLimit;
        private int keyLimit;

        Draft(QueueSettings from) {
            deadLetters = from.deadLetters;
            backoff = from.backoff;
            backoffMax = from.backoffMax;
            deadline = from.deadline;
            keepFailed = from.keepFailed;
            keepDead = from.keepDead;
            keepCancelled = from.keepCancelled;
            aging = from.aging;
            workers = from.workers;
            rateLimit = from.rateLimit;
            keyLimit = from.keyLimit;
        }

        QueueSettings made() {
            return new QueueSettings(
                    deadLetters,
                    backoff,
                    backoffMax,
                    deadline,
                    keepFailed,
                    keepDead,
                    keepCancelled,
                    aging,
                    workers,
                    rateLimit,
                    keyLimit);
        }
    }
}
