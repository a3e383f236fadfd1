package io.awa.reactive.enqueue;

import io.awa.reactive.AwaException;

/** A bulk enqueue stopped in the middle. What was stored before is stored, in order, and nothing after it. */
public final class BulkEnqueueException extends AwaException {

    private static final long serialVersionUID = 1L;

    private final long stored;
    private final boolean certain;

    /**
     * @param stored  jobs that are durably stored
     * @param certain false where the last chunk's commit was not answered, so that it may be stored as well
     * @param cause   what stopped it
     */
    public BulkEnqueueException(long stored, boolean certain, Throwable cause) {
        super(
                "bulk enqueue stopped after " + stored + " stored jobs"
                        + (certain ? "" : " (the chunk after them may be stored too)") + ": " + cause.getMessage(),
                cause);
        this.stored = stored;
        this.certain = certain;
    }

    /** How many jobs are durably stored: a prefix of the source, but for duplicates that were skipped. */
    public long stored() {
        return stored;
    }

    /** False where the connection was lost during a commit: one more chunk may be stored. */
    public boolean certain() {
        return certain;
    }
}
