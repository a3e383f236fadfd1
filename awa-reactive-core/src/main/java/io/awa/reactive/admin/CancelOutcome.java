package io.awa.reactive.admin;

import io.awa.reactive.job.JobId;

/** What a cancel did. */
public sealed interface CancelOutcome {

    /** The job. */
    JobId id();

    /**
     * The job will not run, or not again. An attempt under way is stale from now on, and its worker has been told.
     *
     * @param id  the job
     * @param was the state it was in
     */
    record Cancelled(JobId id, JobState was) implements CancelOutcome {}

    /**
     * The job had ended before.
     *
     * @param id    the job
     * @param state how
     */
    record AlreadyEnded(JobId id, JobState state) implements CancelOutcome {}

    /**
     * No such job, or it is deleted or forgotten.
     *
     * @param id the job
     */
    record Unknown(JobId id) implements CancelOutcome {}
}
