package io.awa.reactive.engine;

/** What a pass over requests did. */
public sealed interface RequestsOutcome extends MaintenanceOutcome {

    /** What it did, by how many requests are out of the way. */
    static RequestsOutcome of(int count) {
        return count == 0 ? new Idle() : new Applied(count);
    }

    /**
     * Requests are out of the way: applied, refused for good, or done by another process.
     *
     * @param count how many
     */
    record Applied(int count) implements RequestsOutcome {}

    /** None waits. */
    record Idle() implements RequestsOutcome {}
}
