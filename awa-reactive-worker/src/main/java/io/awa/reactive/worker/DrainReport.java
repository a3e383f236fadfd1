package io.awa.reactive.worker;

import java.time.Duration;

/**
 * How a worker ended.
 *
 * @param settled      jobs whose end became durable during the drain, of whatever kind it is, and those that were parked
 * @param released     jobs given back with their attempt: never started, or cut short by the timeout; in place, except held
 *                     attempts, which come back through the store
 * @param abandoned    jobs whose end or release could not be written: they are offered again once the process is found dead
 * @param stillRunning blocking handlers that were interrupted and have not come back: their threads go on, and what they
 *                     answer does not count
 * @param decided      false where the database did not answer in time, so that more may be left behind than is counted
 * @param took         how long the drain took
 */
public record DrainReport(
        long settled, long released, long abandoned, int stillRunning, boolean decided, Duration took) {

    /** Whether no job is left behind. */
    public boolean clean() {
        return abandoned == 0 && decided;
    }
}
