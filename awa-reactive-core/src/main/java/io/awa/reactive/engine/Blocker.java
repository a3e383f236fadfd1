package io.awa.reactive.engine;

/**
 * What keeps a child from being free.
 *
 * @param number of the segment or store
 * @param child  the tables it lives in
 * @param state  where it stands
 * @param reason why it goes no further
 */
public record Blocker(long number, int child, Segment.State state, Reason reason) {

    /** Why a child is not free. */
    public enum Reason {
        /** A lock was refused, or will be: a writer or a reader holds it. */
        BLOCKED,
        /** Jobs in it are there to be claimed: a backlog, a paused queue, or one that nobody works. */
        AVAILABLE,
        /** Jobs of it run. */
        OPEN,
        /** It is finished and kept for its retention. */
        RETAINED,
        /** A store: entries in it have not ended, or keys are held. */
        LIVE
    }
}
