package io.awa.reactive.engine;

/** Whether a sealed segment is known to hold nothing live. */
public sealed interface FinishOutcome extends MaintenanceOutcome {

    /** Nothing in it is live, for good. */
    record Finished() implements FinishOutcome {}

    /**
     * Something is.
     *
     * @param reason {@code available}: jobs to offer; {@code open}: a claim with an open member
     */
    record SkippedActive(String reason) implements FinishOutcome {}

    /** Not sealed, or finished already. */
    record Idle() implements FinishOutcome {}
}
