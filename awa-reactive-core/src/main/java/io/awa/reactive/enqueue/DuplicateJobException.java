package io.awa.reactive.enqueue;

import io.awa.reactive.AwaException;
import io.awa.reactive.job.JobId;

/** A bulk enqueue met a unique job whose key another job holds, and was told to stop then. */
public final class DuplicateJobException extends AwaException {

    private static final long serialVersionUID = 1L;

    private final long existing;

    /**
     * @param kind     of the job that was refused
     * @param existing the job that holds its key
     */
    public DuplicateJobException(String kind, JobId existing) {
        super("a job of kind " + kind + " is a duplicate of job " + existing + ", which holds its unique key");
        this.existing = existing.value();
    }

    /** The job that holds the key. */
    public JobId existing() {
        return new JobId(existing);
    }
}
