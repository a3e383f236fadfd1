package io.awa.reactive.enqueue;

import io.awa.reactive.job.JobId;

/** What became of a request to enqueue. */
public sealed interface Enqueued {

    /** The job that stands for the request. */
    JobId id();

    /**
     * A new job was stored.
     *
     * @param id its id
     */
    record Inserted(JobId id) implements Enqueued {}
}
