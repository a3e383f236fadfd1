package io.awa.reactive.worker;

/**
 * How a worker ended.
 *
 * @param settled   jobs whose end became durable during the drain, of whatever kind it is, and those that were parked
 * @param released  jobs given back with their attempt: never started, or cut short by the timeout; in place, except held
 *                  attempts, which come back through the store
 * @param abandoned jobs whose end or release could not be written: they are offered again once the process is found dead
 * @param decided   false where the database did not answer in time, so that more may be left behind than is counted
 */
public record DrainReport(long settled, long released, long abandoned, boolean decided) {

    /** Whether nothing is left behind. */
    public boolean clean() {
        return abandoned == 0 && decided;
    }
}
