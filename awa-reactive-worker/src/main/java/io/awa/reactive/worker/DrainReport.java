package io.awa.reactive.worker;

/**
 * How a worker ended.
 *
 * @param settled   jobs whose end became durable during the drain
 * @param released  jobs given back, in place and with their attempt: never started, or cut short by the timeout
 * @param abandoned jobs whose end or release could not be written: they are offered again once the process is found dead
 * @param decided   false where the database did not answer in time, so that more may be left behind than is counted
 */
public record DrainReport(long settled, long released, long abandoned, boolean decided) {

    /** Whether nothing is left behind. */
    public boolean clean() {
        return abandoned == 0 && decided;
    }
}
