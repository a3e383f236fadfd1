package io.awa.reactive.worker;

/**
 * Hears of jobs whose end is decided. Called on the driver's event loop, or on the thread that brings an end which comes too
 * late to be sent; in no particular order: be quick there.
 */
@FunctionalInterface
public interface JobListener {

    /** Hears nothing. */
    JobListener NONE = (job, outcome, accepted) -> {};

    /**
     * A job's end is durable, or was refused.
     *
     * @param outcome  what the handler said; at the last attempt, a {@link Outcome.Retry} is a {@link Outcome.Fail} here
     * @param accepted false where the token was stale: another attempt's end counts, this one has no effect
     */
    void settled(ActiveJob<?> job, Outcome outcome, boolean accepted);
}
