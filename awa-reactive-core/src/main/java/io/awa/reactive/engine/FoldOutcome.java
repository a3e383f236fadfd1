package io.awa.reactive.engine;

/** Whether the ends of a finished segment or store were added to the lifetime counters. */
public sealed interface FoldOutcome extends MaintenanceOutcome {

    /**
     * They were, for good.
     *
     * @param ends how many
     */
    record Folded(long ends) implements FoldOutcome {}

    /** They had been, or it is not finished, or gone. */
    record Idle() implements FoldOutcome {}
}
