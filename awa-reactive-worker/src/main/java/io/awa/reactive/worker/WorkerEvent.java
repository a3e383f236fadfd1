package io.awa.reactive.worker;

import io.awa.reactive.engine.Progress;
import io.awa.reactive.job.JobId;
import java.time.Instant;

/**
 * Something that happened in this process: to an attempt, or to the subscription that hears of it. What happens to a job
 * anywhere, and is stored, is told by {@link io.awa.reactive.Awa#observe(io.awa.reactive.job.JobId) observe} and by the
 * timeline of {@link io.awa.reactive.admin.JobDetails}.
 *
 * <p>An attempt's life here: {@link Claimed}, {@link Started}, any number of {@link Progressed}, {@link Held},
 * {@link Waiting} and {@link Resumed}, and one last of {@link Settled}, {@link Lost}, {@link Released} and {@link Unwritten}.
 * The exceptions: one that waits for a callback by its outcome is settled with it, and goes on elsewhere; after a loss may
 * come what the handler said all the same, settled without being accepted.
 */
public sealed interface WorkerEvent {

    /** When, by this process's clock. */
    Instant at();

    /** Something that happened to one attempt. The events of an attempt come in their order. */
    sealed interface OfAttempt extends WorkerEvent {

        /** The job. */
        JobId job();

        /** Which attempt, from 1. */
        int attempt();

        /** The queue it was claimed from. */
        String queue();

        /** The job's kind; empty where this worker has no handler for it. */
        String kind();
    }

    /** It was claimed, and waits for a handler or for the subscriber of {@link RunningWorker#claims}. */
    record Claimed(JobId job, int attempt, String queue, String kind, Instant at) implements OfAttempt {}

    /** Its handler is called, or its subscriber gets it. */
    record Started(JobId job, int attempt, String queue, String kind, Instant at) implements OfAttempt {}

    /**
     * It reported how far it is; not yet durable.
     *
     * @param progress all it has reported
     */
    record Progressed(JobId job, int attempt, String queue, String kind, Instant at, Progress progress)
            implements OfAttempt {}

    /** It went over to the store, to run long or to wait; durable. */
    record Held(JobId job, int attempt, String queue, String kind, Instant at) implements OfAttempt {}

    /** Its handler waits for a callback, without a slot; durable. */
    record Waiting(JobId job, int attempt, String queue, String kind, Instant at) implements OfAttempt {}

    /** Its callback came, and its handler goes on. */
    record Resumed(JobId job, int attempt, String queue, String kind, Instant at) implements OfAttempt {}

    /**
     * Its end is decided. A retry is an {@link Outcome.Retry}; at the last attempt that is an {@link Outcome.Fail}.
     *
     * @param outcome  how it ended
     * @param accepted true: it is durable and counts; false: the token was stale, another end counts
     */
    record Settled(JobId job, int attempt, String queue, String kind, Instant at, Outcome outcome, boolean accepted)
            implements OfAttempt {}

    /** Somebody else ended it: an operator, a callback, a rescue. Its handler is disposed. */
    record Lost(JobId job, int attempt, String queue, String kind, Instant at) implements OfAttempt {}

    /** It was given back and does not count: to its place, or to be claimed again in a moment. */
    record Released(JobId job, int attempt, String queue, String kind, Instant at) implements OfAttempt {}

    /**
     * Its end cannot be written, or it cannot be given back; it is left to rescue.
     *
     * @param error why
     */
    record Unwritten(JobId job, int attempt, String queue, String kind, Instant at, Throwable error)
            implements OfAttempt {}

    /**
     * This subscriber was too slow, and has not got so many events that came here.
     *
     * @param at    when the first of them came
     * @param count how many
     */
    record Missed(Instant at, long count) implements WorkerEvent {}
}
