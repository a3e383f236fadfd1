package io.awa.reactive.engine;

/** What a pass of rescue did, or why it did nothing. */
public sealed interface RescueOutcome extends MaintenanceOutcome {

    /**
     * Attempts were ended. Those of a job with attempts left are retried; the others failed.
     *
     * @param crashed   of processes that stopped beating
     * @param lost      that no process has: the answer to their claim was lost, or their end could not be written
     * @param late      past their deadline
     * @param callbacks whose callback did not come in time
     * @param exhausted of all these, jobs that had no attempt left
     * @param busy      claims and entries that another transaction is ending; the next pass meets them again
     */
    record Rescued(int crashed, int lost, int late, int callbacks, int exhausted, int busy) implements RescueOutcome {

        /** All of them. */
        public int total() {
            return crashed + lost + late + callbacks;
        }
    }

    /**
     * All there was to rescue is being ended by others right now; the next pass meets it again.
     *
     * @param busy claims and entries
     */
    record Blocked(int busy) implements RescueOutcome {}

    /** Nothing to rescue. */
    record Idle() implements RescueOutcome {}
}
