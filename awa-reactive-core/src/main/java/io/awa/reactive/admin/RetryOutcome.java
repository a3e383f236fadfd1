package io.awa.reactive.admin;

import io.awa.reactive.job.JobId;

/** What a retry did. */
public sealed interface RetryOutcome {

    /** The job. */
    JobId id();

    /**
     * The job is available, or will be when it is due.
     *
     * @param id  the job
     * @param was the state it was in
     */
    record Retried(JobId id, JobState was) implements RetryOutcome {}

    /**
     * Another job holds its unique key; it stays as it was.
     *
     * @param id     the job
     * @param holder who holds the key
     */
    record Duplicate(JobId id, JobId holder) implements RetryOutcome {}

    /**
     * A job in this state is not retried.
     *
     * @param id    the job
     * @param state the state it is in
     */
    record NotRetryable(JobId id, JobState state) implements RetryOutcome {}

    /**
     * No such job, or it is deleted or forgotten.
     *
     * @param id the job
     */
    record Unknown(JobId id) implements RetryOutcome {}
}
