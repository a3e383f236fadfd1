package io.awa.reactive.enqueue;

import io.awa.reactive.AwaException;
import io.awa.reactive.job.JobId;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A bulk enqueue met a unique job whose key another job holds, and was told to stop then. */
public final class DuplicateJobException extends AwaException {

    private static final long serialVersionUID = 1L;

    private final @Nullable Long existing;

    /**
     * @param kind     of the job that was refused
     * @param existing the job that holds its key; null: an earlier one of the same chunk, which was not stored either
     */
    public DuplicateJobException(String kind, @Nullable JobId existing) {
        super("a job of kind " + kind + " is a duplicate of "
                + (existing == null
                        ? "another one of the same chunk, which was not stored either"
                        : "job " + existing + ", which holds its unique key"));
        this.existing = existing == null ? null : existing.value();
    }

    /** The job that holds the key; empty where that is an earlier one of the same chunk, which was not stored either. */
    public Optional<JobId> existing() {
        return Optional.ofNullable(existing).map(JobId::new);
    }
}
