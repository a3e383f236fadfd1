package io.awa.reactive.admin;

/**
 * How many attempts of a queue ended in a way, in all segments and stores that finished since the schema was made. It only
 * ascends, each time by what one segment or store holds: minutes behind what happens now.
 *
 * @param queue its name
 * @param how   the end
 * @param count attempts
 */
public record EndedTotal(String queue, How how, long count) {

    /** How an attempt ends. */
    public enum How {
        /** The job is done. */
        COMPLETED,
        /** It is tried again. */
        RETRIED,
        /** It waits for a time of its own choice. */
        SNOOZED,
        /** It failed for good. */
        FAILED,
        /** It failed for good, and is a dead letter. */
        DEAD_LETTER,
        /** Somebody cancelled it. */
        CANCELLED,
        /** It goes on in the store, and ends there once more. */
        HELD,
        /** It is parked for a callback, and ends in the store once more. */
        PARKED
    }
}
