package io.awa.reactive.engine;

/** What a claim call found. */
public sealed interface ClaimResult {

    /**
     * Jobs.
     *
     * @param claim what was taken
     * @param more  another call would find something at once
     * @param holes holes the ledger carries; more than 256 ask for a rotation
     */
    record Claimed(Claim claim, boolean more, int holes) implements ClaimResult {}

    /** No job, but bookkeeping moved, or another claimer won: call again at once. */
    record Again() implements ClaimResult {}

    /** Another claimer is at this queue's lanes: call again in a moment. */
    record Busy() implements ClaimResult {}

    /** Nothing to offer. */
    record Empty() implements ClaimResult {}

    /** The queue is paused. */
    record Paused() implements ClaimResult {}
}
