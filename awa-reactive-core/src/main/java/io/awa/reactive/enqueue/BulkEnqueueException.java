package io.awa.reactive.enqueue;

import io.awa.reactive.AwaException;

/**
 * A bulk enqueue stopped in the middle. What was stored before is stored, in order, and nothing after it: of the source the
 * first {@link #stored()} + {@link #skipped()} jobs are done with, and a stream of the rest goes on where this one ended.
 */
public final class BulkEnqueueException extends AwaException {

    private static final long serialVersionUID = 2L;

    private final long stored;
    private final long skipped;
    private final boolean certain;

    /**
     * @param stored  jobs that are durably stored
     * @param skipped unique jobs that were left out in the chunks of these
     * @param certain false where the last chunk's commit was not answered, so that it may be stored as well
     * @param cause   what stopped it
     */
    public BulkEnqueueException(long stored, long skipped, boolean certain, Throwable cause) {
        super(
                "bulk enqueue stopped after " + stored + " stored jobs"
                        + (skipped == 0 ? "" : " and " + skipped + " skipped duplicates")
                        + (certain ? "" : " (the chunk after them may be stored too)") + ": " + cause.getMessage(),
                cause);
        this.stored = stored;
        this.skipped = skipped;
        this.certain = certain;
    }

    /** How many jobs are durably stored: a prefix of the source, but for duplicates that were skipped. */
    public long stored() {
        return stored;
    }

    /**
     * How many unique jobs of that prefix were left out, because another job held their key; 0 with
     * {@link OnDuplicate#FAIL}.
     */
    public long skipped() {
        return skipped;
    }

    /** False where the connection was lost during a commit: one more chunk may be stored. */
    public boolean certain() {
        return certain;
    }
}
