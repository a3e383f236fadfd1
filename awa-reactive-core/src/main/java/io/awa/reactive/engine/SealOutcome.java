package io.awa.reactive.engine;

/** What a seal did, or why it did nothing. */
public sealed interface SealOutcome extends MaintenanceOutcome {

    /** No writer can come any more. */
    record Sealed() implements SealOutcome {}

    /**
     * A writer still holds it: a transaction that enqueued into it is open.
     *
     * @param relation whose lock was refused
     */
    record Blocked(String relation) implements SealOutcome {}

    /** Current, or sealed already. */
    record Idle() implements SealOutcome {}
}
