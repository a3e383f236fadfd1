package io.awa.reactive.admin;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Something that happened to a job.
 *
 * @param at      when; null for a withdrawal, whose time is not kept
 * @param type    what
 * @param attempt the attempt it belongs to; null where it belongs to none, or is not known
 * @param worker  the process; null where none took part
 * @param detail  for a due or expiring place its time, for an end the state or the reason, for an error its class and
 *                message, for progress the report; null where there is nothing to say
 */
public record JobEvent(
        @Nullable Instant at,
        Type type,
        @Nullable Integer attempt,
        @Nullable Integer worker,
        @Nullable String detail) {

    /** What happened. */
    public enum Type {
        /** It waits for its time. */
        SCHEDULED,
        /** An attempt failed and the next one waits for its time. */
        RETRYING,
        /** An attempt asked for another time. */
        SNOOZED,
        /** It stood in its lane. */
        AVAILABLE,
        /** It waited for its concurrency key. */
        GATED,
        /** It was taken out of its lane by somebody. */
        WITHDRAWN,
        /** A worker claimed it. */
        CLAIMED,
        /** Its claim ended, in the state that the detail names. */
        ENDED,
        /** Its attempt went over to the store, to run long or to wait. */
        HELD,
        /** Its attempt waits for a callback. */
        WAITING,
        /** Its attempt reported progress. */
        PROGRESS,
        /** An attempt failed. */
        ERROR,
        /** It was due and went into its lane. */
        PROMOTED,
        /** Somebody brought it back into its lane. */
        REQUEUED,
        /** It was moved, or made due. */
        MOVED,
        /** A held attempt completed it. */
        COMPLETED,
        /** It failed for good. */
        FAILED,
        /** It became a dead letter. */
        DEAD,
        /** It was cancelled. */
        CANCELLED,
        /** It was deleted. */
        PURGED
    }
}
