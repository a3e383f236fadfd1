package io.awa.reactive.engine;

/** What a prune did, or why it did nothing. */
public sealed interface PruneOutcome extends MaintenanceOutcome {

    /**
     * The child is empty and free.
     *
     * @param segment the segment that is gone
     */
    record Pruned(long segment) implements PruneOutcome {}

    /**
     * A lock was refused at once; nobody waited.
     *
     * @param relation whose lock was refused
     */
    record Blocked(String relation) implements PruneOutcome {}

    /** Not finished, inside its retention, or gone already. */
    record Idle() implements PruneOutcome {}
}
