package io.awa.reactive.worker;

import io.awa.reactive.callback.CallbackToken;
import io.awa.reactive.job.Job;
import io.awa.reactive.worker.internal.Ranges;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** How a handler says its attempt ended. Immutable. */
public sealed interface Outcome {

    /** The job is done. */
    static Outcome done() {
        return Done.PLAIN;
    }

    /** To be tried again after the backoff; class and message of the error are kept. The last attempt fails instead. */
    static Outcome retry(Throwable error) {
        return new Retry(Failure.of(error), null, List.of());
    }

    /**
     * To be tried again after the backoff. The last attempt fails instead.
     *
     * @param reason kept up to 4,000 characters
     */
    static Outcome retry(String reason) {
        return new Retry(new Failure(null, reason), null, List.of());
    }

    /**
     * To be tried again after a delay of its own. The last attempt fails instead.
     *
     * @param delay  0 to 365 days, in milliseconds
     * @param reason kept up to 4,000 characters
     */
    static Outcome retryAfter(Duration delay, String reason) {
        return new Retry(new Failure(null, reason), delay, List.of());
    }

    /**
     * Not yet: the job comes back later, and the attempt does not count.
     *
     * @param delay 0 to 365 days, in milliseconds
     */
    static Outcome snooze(Duration delay) {
        return new Snooze(delay, List.of());
    }

    /**
     * The job failed for good. It stays visible as failed, or as a dead letter where its queue says so.
     *
     * @param reason kept up to 4,000 characters
     */
    static Outcome fail(String reason) {
        return new Fail(new Failure(null, reason), Fail.TERMINAL, List.of());
    }

    /** The job failed for good; class and message of the error are kept. */
    static Outcome fail(Throwable error) {
        return new Fail(Failure.of(error), Fail.TERMINAL, List.of());
    }

    /**
     * The job is not wanted any more.
     *
     * @param reason kept up to 200 characters
     */
    static Outcome cancel(String reason) {
        return new Cancel(reason, List.of());
    }

    /**
     * The job goes to the dead letters, whatever its queue says.
     *
     * @param reason kept up to 200 characters
     */
    static Outcome deadLetter(String reason) {
        return new DeadLetter(reason, List.of());
    }

    /**
     * The job waits, without a slot, until its callback is answered or its time is over; see
     * {@link io.awa.reactive.callback.Callbacks}. Where it is resumed, its handler is called again with the same attempt.
     *
     * @param token from {@link ActiveJob#registerCallback}; any other one fails the job
     */
    static Outcome waitForCallback(CallbackToken token) {
        return new WaitForCallback(token, List.of());
    }

    /** Jobs that are stored in the transaction that writes this end, and not at all where the end is refused. */
    List<Job<?>> followUps();

    /** The same with more follow-ups. One that is refused when it is checked is this attempt's error. */
    Outcome followedBy(Job<?>... jobs);

    /**
     * The job is done.
     *
     * @param followUps jobs stored with it
     */
    record Done(List<Job<?>> followUps) implements Outcome {

        private static final Done PLAIN = new Done(List.of());

        /** Copies the list. */
        public Done {
            followUps = List.copyOf(followUps);
        }

        @Override
        public Outcome followedBy(Job<?>... jobs) {
            return new Done(FollowUpJobs.join(followUps, jobs));
        }
    }

    /**
     * To be tried again.
     *
     * @param failure   what went wrong
     * @param delay     until then; null: the backoff
     * @param followUps jobs stored with it
     */
    record Retry(Failure failure, @Nullable Duration delay, List<Job<?>> followUps) implements Outcome {

        /** Checks the delay, copies the list. */
        public Retry {
            Objects.requireNonNull(failure, "failure");
            if (delay != null) {
                Ranges.check("delay", delay, Duration.ZERO, FollowUpJobs.LONGEST);
            }
            followUps = List.copyOf(followUps);
        }

        @Override
        public Outcome followedBy(Job<?>... jobs) {
            return new Retry(failure, delay, FollowUpJobs.join(followUps, jobs));
        }
    }

    /**
     * Not yet.
     *
     * @param delay     until then
     * @param followUps jobs stored with it
     */
    record Snooze(Duration delay, List<Job<?>> followUps) implements Outcome {

        /** Checks the delay, copies the list. */
        public Snooze {
            Ranges.check("delay", delay, Duration.ZERO, FollowUpJobs.LONGEST);
            followUps = List.copyOf(followUps);
        }

        @Override
        public Outcome followedBy(Job<?>... jobs) {
            return new Snooze(delay, FollowUpJobs.join(followUps, jobs));
        }
    }

    /**
     * Failed for good.
     *
     * @param failure   what went wrong
     * @param reason    why that is for good: {@code terminal_error}, or what the worker found, for instance
     *                  {@code max_attempts_exhausted}
     * @param followUps jobs stored with it
     */
    record Fail(Failure failure, String reason, List<Job<?>> followUps) implements Outcome {

        static final String TERMINAL = "terminal_error";

        /** Refuses null, copies the list. */
        public Fail {
            Objects.requireNonNull(failure, "failure");
            Objects.requireNonNull(reason, "reason");
            followUps = List.copyOf(followUps);
        }

        @Override
        public Outcome followedBy(Job<?>... jobs) {
            return new Fail(failure, reason, FollowUpJobs.join(followUps, jobs));
        }
    }

    /**
     * Not wanted any more.
     *
     * @param reason    why
     * @param followUps jobs stored with it
     */
    record Cancel(String reason, List<Job<?>> followUps) implements Outcome {

        /** Refuses null, copies the list. */
        public Cancel {
            Objects.requireNonNull(reason, "reason");
            followUps = List.copyOf(followUps);
        }

        @Override
        public Outcome followedBy(Job<?>... jobs) {
            return new Cancel(reason, FollowUpJobs.join(followUps, jobs));
        }
    }

    /**
     * To the dead letters.
     *
     * @param reason    why
     * @param followUps jobs stored with it
     */
    record DeadLetter(String reason, List<Job<?>> followUps) implements Outcome {

        /** Refuses null, copies the list. */
        public DeadLetter {
            Objects.requireNonNull(reason, "reason");
            followUps = List.copyOf(followUps);
        }

        @Override
        public Outcome followedBy(Job<?>... jobs) {
            return new DeadLetter(reason, FollowUpJobs.join(followUps, jobs));
        }
    }

    /**
     * Waits for its callback.
     *
     * @param token     which one
     * @param followUps jobs stored with it
     */
    record WaitForCallback(CallbackToken token, List<Job<?>> followUps) implements Outcome {

        /** Refuses null, copies the list. */
        public WaitForCallback {
            Objects.requireNonNull(token, "token");
            followUps = List.copyOf(followUps);
        }

        @Override
        public Outcome followedBy(Job<?>... jobs) {
            return new WaitForCallback(token, FollowUpJobs.join(followUps, jobs));
        }
    }
}
