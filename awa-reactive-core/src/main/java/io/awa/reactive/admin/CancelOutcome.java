package io.awa.reactive.admin;

import io.awa.reactive.job.JobId;

/** What a cancel did. Exactly one of cancel and claim wins. */
public sealed interface CancelOutcome {

    /** The job. */
    JobId id();

    /**
     * The job will not run.
     *
     * @param id the job
     */
    record Cancelled(JobId id) implements CancelOutcome {}

    /**
     * The job is no longer available, and was left alone.
     *
     * @param id    the job
     * @param state where it stood right after
     */
    record NotAvailable(JobId id, JobState state) implements CancelOutcome {}

    /**
     * No such job, or its segment is gone.
     *
     * @param id the job
     */
    record Unknown(JobId id) implements CancelOutcome {}
}
