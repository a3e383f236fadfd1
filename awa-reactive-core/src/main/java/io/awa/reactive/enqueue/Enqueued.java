package io.awa.reactive.enqueue;

import io.awa.reactive.job.JobId;

/** What became of a request to enqueue. */
public sealed interface Enqueued {

    /** The job that stands for the request: the new one, or the one that keeps it out. */
    JobId id();

    /**
     * A new job was stored.
     *
     * @param id its id
     */
    record Inserted(JobId id) implements Enqueued {}

    /**
     * Nothing was stored: another job holds the {@link io.awa.reactive.job.Unique} key. By the time this is read it may
     * have ended.
     *
     * @param id the existing job's id
     */
    record Duplicate(JobId id) implements Enqueued {}
}
