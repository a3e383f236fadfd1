package io.awa.reactive.engine;

import java.util.List;

/** What a rotation did, or why it did nothing. */
public sealed interface RotateOutcome extends MaintenanceOutcome {

    /** Another child is current. */
    record Rotated() implements RotateOutcome {}

    /** The current segment is empty: nothing to rotate away from. */
    record SkippedIdle() implements RotateOutcome {}

    /**
     * No child is free: the current one keeps growing, and nothing waits.
     *
     * @param blockers what keeps the others, oldest first
     */
    record SkippedBusy(List<Blocker> blockers) implements RotateOutcome {}

    /** Another process moved it. */
    record Idle() implements RotateOutcome {}
}
