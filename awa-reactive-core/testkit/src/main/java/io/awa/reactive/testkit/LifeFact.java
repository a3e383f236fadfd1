package io.awa.reactive.testkit;

/**
 * What the database says of a job. A place is a position of a lane or an entry of the store; their numbers never meet. The
 * ticks of one job's facts ascend in the order they came to pass, for whoever ends a place has seen it committed.
 */
public sealed interface LifeFact {

    /** When, in an order that is right for one job. */
    long tick();

    /** The place. */
    long place();

    /**
     * A job came to a place.
     *
     * @param tick    when
     * @param job     the job
     * @param place   where
     * @param state   the entry's state, {@code a} for a position
     * @param attempt attempts used, as the row has it
     * @param due     when it is available or due, in microseconds of the database's clock; 0 where never
     * @param errors  how many errors it brings, of those that are kept
     * @param lease   the held attempt, 0 where none
     */
    record Came(long tick, long job, long place, char state, int attempt, long due, int errors, long lease)
            implements LifeFact {}

    /**
     * A claim took the position.
     *
     * @param tick  when
     * @param place the position
     * @param nonce the claim
     */
    record Offered(long tick, long place, long nonce) implements LifeFact {}

    /**
     * A place ended, or a claim of it where the outcome is {@code r}.
     *
     * @param tick    when
     * @param place   the place
     * @param outcome the code of the closure, the mark or the ending
     * @param closer  who, 0 where the evidence does not tell
     * @param at      when by the database's clock, in microseconds; 0 where the evidence does not tell
     * @param marked  whether the position was taken out of its lane unclaimed
     */
    record Ended(long tick, long place, char outcome, long closer, long at, boolean marked) implements LifeFact {}
}
