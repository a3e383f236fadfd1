package io.awa.reactive.engine;

/** What a pass over concurrency keys did. */
public sealed interface KeysOutcome extends MaintenanceOutcome {

    /**
     * Jobs got places that were free.
     *
     * @param count   how many
     * @param waiting keys for which somebody waited
     */
    record Granted(int count, int waiting) implements KeysOutcome {}

    /**
     * Nobody waits for a place that is free.
     *
     * @param waiting keys for which somebody waits
     */
    record Idle(int waiting) implements KeysOutcome {}

    /**
     * All that could be granted is being changed by others right now; the next pass meets it again.
     *
     * @param waiting keys for which somebody waited
     */
    record Blocked(int waiting) implements KeysOutcome {}
}
