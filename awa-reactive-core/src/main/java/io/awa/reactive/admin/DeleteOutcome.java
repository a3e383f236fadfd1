package io.awa.reactive.admin;

import io.awa.reactive.job.JobId;

/** What a delete did. */
public sealed interface DeleteOutcome {

    /** The job. */
    JobId id();

    /**
     * The job is gone: it will not run, and nobody finds it any more.
     *
     * @param id  the job
     * @param was the state it was in
     */
    record Deleted(JobId id, JobState was) implements DeleteOutcome {}

    /**
     * It runs; or it ended in its segment (completed, or cancelled while available without a reason), which keeps the
     * evidence until it is given back after its retention.
     *
     * @param id    the job
     * @param state the state it is in
     */
    record NotDeletable(JobId id, JobState state) implements DeleteOutcome {}

    /**
     * No such job, or it is deleted or forgotten.
     *
     * @param id the job
     */
    record Unknown(JobId id) implements DeleteOutcome {}
}
