package io.awa.reactive.admin;

import io.awa.reactive.AwaValidationException;
import io.awa.reactive.internal.Checks;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * How a job is retried. Immutable; each setting returns a new instance.
 *
 * @param delay    from the database's now on; null for none
 * @param runAt    when it is due, at once where that is past; null for at once
 * @param queue    where it goes; null for where it was
 * @param priority 1 (highest) to 4; null for what it was
 */
public record RetryOptions(
        @Nullable Duration delay,
        @Nullable Instant runAt,
        @Nullable String queue,
        @Nullable Integer priority) {

    private static final RetryOptions NOW = new RetryOptions(null, null, null, null);
    private static final Duration LONGEST = Duration.ofDays(3650);

    /** @throws AwaValidationException if a value is out of its range, or there are a delay and a time */
    public RetryOptions {
        if (delay != null && (delay.isNegative() || delay.compareTo(LONGEST) > 0)) {
            throw new AwaValidationException("delay", delay, "0 to 3650 days");
        }
        if (delay != null && runAt != null) {
            throw new AwaValidationException("runAt", runAt, "either a delay or a time");
        }
        if (queue != null) {
            Checks.length("queue", Checks.name("queue", queue), 200);
        }
        if (priority != null) {
            Checks.between("priority", priority, 1, 4);
        }
    }

    /** At once, where it was. */
    public static RetryOptions now() {
        return NOW;
    }

    /** After a delay, 0 to 3650 days. */
    public static RetryOptions after(Duration delay) {
        return new RetryOptions(delay, null, null, null);
    }

    /** At a time. */
    public static RetryOptions at(Instant time) {
        return new RetryOptions(null, time, null, null);
    }

    /** The same in another queue, which is made where it is missing. */
    public RetryOptions queue(String name) {
        return new RetryOptions(delay, runAt, name, priority);
    }

    /** The same with another priority, 1 (highest) to 4. */
    public RetryOptions priority(int level) {
        return new RetryOptions(delay, runAt, queue, level);
    }
}
