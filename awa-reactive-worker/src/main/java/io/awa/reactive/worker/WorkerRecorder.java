package io.awa.reactive.worker;

import io.awa.reactive.engine.Ending;

/**
 * Hears what a worker measures; does nothing by default. Called from many threads, the driver's event loop and those of
 * handlers among them, several times a job: be quick, keep nothing a job, never block. What it throws is logged and harms
 * no job. {@code awa-reactive-metrics} has one for Micrometer.
 */
public interface WorkerRecorder {

    /** Hears nothing. */
    WorkerRecorder NONE = new WorkerRecorder() {};

    /** A worker begins. */
    default void started(RunningWorker worker) {}

    /** It is drained and closed. */
    default void stopped(RunningWorker worker) {}

    /**
     * A claim was answered.
     *
     * @param jobs  how many it took; 0: none
     * @param nanos from sending it to its answer; where the first answer was lost, to the one that was found
     */
    default void claimed(String queue, int jobs, long nanos) {}

    /**
     * A handler was called, and its attempt is over here.
     *
     * @param waitNanos from when the job became available, by the database's clock, until its handler was called
     * @param runNanos  from then to its end, a wait for a callback included
     */
    default void ran(String queue, String kind, long waitNanos, long runNanos) {}

    /**
     * An attempt's end, or its hold, is durable. What was given back is not told.
     *
     * @param kind    empty for a job of a kind that has no handler here
     * @param ending  how
     */
    default void ended(String queue, String kind, Ending ending) {}

    /**
     * An attempt's end has no effect: another one's counts.
     *
     * @param kind as in {@link #ended}
     */
    default void stale(String queue, String kind) {}

    /**
     * Ends were written by one statement.
     *
     * @param ends  how many
     * @param nanos its round trip
     */
    default void flushed(int ends, long nanos) {}
}
