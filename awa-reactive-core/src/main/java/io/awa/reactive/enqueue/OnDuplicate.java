package io.awa.reactive.enqueue;

/** What a bulk enqueue does with a unique job whose key another job holds. */
public enum OnDuplicate {
    /** Leaves it out and counts it. */
    SKIP,
    /**
     * Stops: nothing of the duplicate's chunk is stored. The error is a {@link DuplicateJobException} that names the job
     * which holds the key; without a caller's connection it is the cause of a {@link BulkEnqueueException}.
     */
    FAIL
}
