package io.awa.reactive.worker;

import io.awa.reactive.worker.internal.Ranges;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/**
 * How long a job waits before its next attempt. Called on a handler thread or the driver's event loop: be quick there.
 * What it answers is cut to 0 up to 365 days and sent in milliseconds; the database's clock makes the due time of it.
 *
 * <p>Where none is set, the database's setting of the queue counts: by default {@code min(1 s * 2^attempt + up to 25 %,
 * 24 h)}, so 2 s after the first attempt. Exponential backoff with a jitter keeps jobs that failed together from coming
 * back together: M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
 */
@FunctionalInterface
public interface Backoff {

    /**
     * The pause after an attempt.
     *
     * @param attempt the one that failed, from 1
     */
    Duration delay(int attempt);

    /**
     * {@code min(base * 2^attempt + up to 25 %, most)}.
     *
     * @param base 1 ms or more
     * @param most not less than {@code base}
     */
    static Backoff exponential(Duration base, Duration most) {
        Ranges.check("base", base, Duration.ofMillis(1), FollowUpJobs.LONGEST);
        Ranges.check("most", most, base, FollowUpJobs.LONGEST);
        return attempt -> {
            double millis = base.toMillis()
                    * Math.pow(2, Math.min(attempt, 40))
                    * (1 + ThreadLocalRandom.current().nextDouble(0.25));
            return Duration.ofMillis((long) Math.min(millis, most.toMillis()));
        };
    }

    /** The same pause always. */
    static Backoff fixed(Duration pause) {
        Ranges.check("pause", pause, Duration.ZERO, FollowUpJobs.LONGEST);
        return attempt -> pause;
    }
}
