package io.awa.reactive.engine;

/** What a rotation did, or why it did nothing. */
public sealed interface RotateOutcome {

    /** Another child is current. */
    record Rotated() implements RotateOutcome {}

    /** The current segment is empty: nothing to rotate away from. */
    record SkippedIdle() implements RotateOutcome {}

    /** No child is free: the current segment keeps growing, and nothing waits. */
    record SkippedBusy() implements RotateOutcome {}

    /** Another process moved it. */
    record Idle() implements RotateOutcome {}
}
