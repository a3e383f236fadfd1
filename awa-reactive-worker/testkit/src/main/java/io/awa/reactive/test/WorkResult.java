package io.awa.reactive.test;

import io.awa.reactive.admin.JobView;

/** What became of the job that {@link AwaHarness#workOne} worked: where it stands after its attempt. */
public sealed interface WorkResult {

    /**
     * The job as it stands.
     *
     * @throws IllegalStateException if there was none
     */
    JobView job();

    /** No job was there to work: none is available, or the queue is paused. */
    record NoJob() implements WorkResult {
        @Override
        public JobView job() {
            throw new IllegalStateException("no job was there to work");
        }
    }

    /**
     * It is completed.
     *
     * @param job as it stands
     */
    record Done(JobView job) implements WorkResult {}

    /**
     * The attempt failed, and another one follows when {@link JobView#dueAt} has come.
     *
     * @param job as it stands
     */
    record Retried(JobView job) implements WorkResult {}

    /**
     * It failed for good.
     *
     * @param job as it stands
     */
    record Failed(JobView job) implements WorkResult {}

    /**
     * It is a dead letter.
     *
     * @param job as it stands
     */
    record Dead(JobView job) implements WorkResult {}

    /**
     * It comes back at {@link JobView#dueAt}, and the attempt does not count.
     *
     * @param job as it stands
     */
    record Snoozed(JobView job) implements WorkResult {}

    /**
     * It is cancelled.
     *
     * @param job as it stands
     */
    record Cancelled(JobView job) implements WorkResult {}

    /**
     * It waits for its callback.
     *
     * @param job as it stands
     */
    record Parked(JobView job) implements WorkResult {}

    /**
     * It did not end within {@link AwaHarness#patience}: its handler was cancelled, and it is back in its lane with its
     * attempt.
     *
     * @param job as it stands
     */
    record Released(JobView job) implements WorkResult {}

    /** What the state says. */
    static WorkResult of(JobView job) {
        return switch (job.state()) {
            case COMPLETED -> new Done(job);
            case RETRYING -> new Retried(job);
            case FAILED -> new Failed(job);
            case DEAD -> new Dead(job);
            case SNOOZED -> new Snoozed(job);
            case CANCELLED -> new Cancelled(job);
            case WAITING -> new Parked(job);
            case AVAILABLE, SCHEDULED, GATED -> new Released(job);
            case RUNNING -> throw new IllegalStateException("its end was not written: " + job);
        };
    }
}
